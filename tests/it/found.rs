//! What random input has found, and what it begins with: every file of `tests/data/found`, by the law of its target.

#[path = "../../fuzz/targets/laws.rs"]
mod laws;

use newsfold::input::Format;
use std::fs;
use std::path::Path;

/// The files of a target, each by its law.
fn each(target: &str, law: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/found").join(target);
    let Ok(files) = fs::read_dir(folder) else { return };
    files.for_each(|file| law(&fs::read(file.unwrap().path()).unwrap()));
}

fn each_text(target: &str, law: impl Fn(&str)) {
    each(target, |bytes| str::from_utf8(bytes).map_or((), &law));
}

#[test]
fn what_was_found_keeps_its_law() {
    for (target, format) in [
        ("lines", Format::JsonLines),
        ("table", Format::Csv),
        ("warc", Format::Warc),
        ("packed", Format::Any),
        ("parquet", Format::Parquet),
    ] {
        each(target, |bytes| laws::file(bytes, format));
    }
    each("json", laws::json);
    each("html", laws::html);
    each_text("date", laws::date);
    each_text("url", laws::url);
    each_text("words", laws::words);
}
