#![no_main]

use newsfold::input::Extractor;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    _ = Extractor::default().page(bytes, None, "https://www.daily.example/2025/01/14/x");
});
