#![no_main]

use newsfold::input::{published, rfc3339};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Some(shown) = published(text).seconds().and_then(rfc3339) {
        assert_eq!(published(&shown).seconds(), published(text).seconds(), "{shown}");
    }
});
