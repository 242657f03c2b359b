//! Bytes as a file of some format, read to the end as a run reads them.

use newsfold::input::{Blocks, Fields, Format, Input, Maker, Pace, Params};

/// Reads `bytes`; the law: records are accepted or rejected, in their order, and none is lost on the way.
pub fn read(bytes: &[u8], format: Format) {
    let params = Params { max_record_bytes: 64 << 10, ..Params::default() };
    let name = "x".to_owned();
    let input = Input { below: name.clone(), name, path: None, format, is_file: false };
    for pace in [Pace::Full, Pace::Eager] {
        let reader = std::io::Cursor::new(bytes.to_vec());
        let Ok(mut blocks) = Blocks::of(reader, &input, &params, pace) else { return };
        let (mut maker, fields) = (Maker::new(&params), Fields::default());
        let mut buffer = Vec::new();
        while let Ok(Some(mut block)) = blocks.next_block(buffer) {
            block.unpack();
            let (mut line, mut offset) = (None, 0);
            for record in block.records() {
                assert!(line.is_none_or(|line| line < record.line) && offset <= record.offset);
                (line, offset) = (Some(record.line), record.offset);
                assert!(record.line < block.lines());
                if let Ok(json) = record.content.and_then(|content| maker.json(content, "x")) {
                    _ = fields.document(&json);
                }
            }
            buffer = block.into_buffer();
        }
    }
}
