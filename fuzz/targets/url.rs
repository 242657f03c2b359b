#![no_main]

use newsfold::input::canonical;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Some(form) = canonical(text) {
        assert_eq!(canonical(&form).as_ref(), Some(&form));
    }
});
