#![no_main]

#[allow(dead_code, reason = "each target has its law")]
mod laws;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| laws::file(bytes, newsfold::input::Format::Csv));
