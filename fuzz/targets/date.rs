#![no_main]

#[allow(dead_code, reason = "each target has its law")]
mod laws;

libfuzzer_sys::fuzz_target!(|text: &str| laws::date(text));
