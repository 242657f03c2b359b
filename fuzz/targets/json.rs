#![no_main]

use newsfold::input::{Fields, with_members};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let is_document = Fields::default().document(bytes).is_ok();
    let Ok(text) = str::from_utf8(bytes) else { return assert!(!is_document) };
    if is_document {
        let with = with_members(text, &[("group", "g\"\u{1}")]).expect("what is an object takes members");
        assert!(Fields::default().document(with.as_bytes()).is_ok());
    }
});
