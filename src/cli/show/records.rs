//! Records that a filter keeps: to the byte where a program reads them, and harmless where a terminal shows them.

use std::io::{self, BufWriter, Stdout, Write};

/// Standard output, for JSON a line.
pub(in crate::cli) struct Records {
    out: BufWriter<Stdout>,
    /// The line that has not ended, for a terminal.
    shown: Option<Vec<u8>>,
}

impl Records {
    pub(in crate::cli) fn new() -> Self {
        Records { out: BufWriter::new(io::stdout()), shown: super::stdout_is_terminal().then(Vec::new) }
    }
}

impl Write for Records {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(line) = &mut self.shown else { return self.out.write(bytes) };
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            line.extend_from_slice(piece);
            if let Some(record) = line.strip_suffix(b"\n") {
                let record = super::harmless(&String::from_utf8_lossy(record));
                self.out.write_all(record.as_bytes())?;
                self.out.write_all(b"\n")?;
                line.clear();
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
