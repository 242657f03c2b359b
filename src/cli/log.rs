//! `-v`: what is decided and done, as lines on standard error; with `--json`, as objects.
//!
//! The library tells a few events a stage or a file, by `tracing`; those of other crates are not shown.

use super::show;
use console::Style;
use serde_json::{Map, Value};
use std::fmt::{Debug, Write as _};
use std::time::Instant;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// Shows events from now on: with one `-v` what is decided, with two every file as well.
pub(super) fn begin(verbose: u8, as_json: bool) {
    let level = match verbose {
        0 => return,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    let log = Log { as_json, start: Instant::now() };
    // Nobody else has set one: this is the program.
    _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(level).with(log));
}

struct Log {
    as_json: bool,
    start: Instant,
}

impl<S: Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &Event, _: Context<S>) {
        if !event.metadata().target().starts_with(env!("CARGO_PKG_NAME")) {
            return;
        }
        let mut told = Told::default();
        event.record(&mut told);
        let seconds = self.start.elapsed().as_millis() as f64 / 1e3;
        show::note(&if self.as_json { told.object(*event.metadata().level(), seconds) } else { told.line(seconds) });
    }
}

/// What an event tells.
#[derive(Default)]
struct Told {
    message: String,
    fields: Map<String, Value>,
}

impl Told {
    fn line(&self, seconds: f64) -> String {
        let dim = Style::new().dim().for_stderr();
        let mut line = format!("{} {}", dim.apply_to(format!("{seconds:>9.3} s ")), show::plain(&self.message));
        for (name, value) in &self.fields {
            let value = value.as_str().map_or_else(|| value.to_string(), show::plain);
            _ = write!(line, "  {}{value}", dim.apply_to(format!("{name}=")));
        }
        line
    }

    fn object(self, level: Level, seconds: f64) -> String {
        let level = level.as_str().to_ascii_lowercase();
        let head = [("log", level.into()), ("seconds", seconds.into()), ("message", self.message.into())];
        let all: Map<String, Value> =
            head.map(|(name, value)| (name.to_owned(), value)).into_iter().chain(self.fields).collect();
        // Texts and numbers can always be written as JSON.
        show::json(&all).unwrap_or_default()
    }

    fn take(&mut self, field: &Field, value: Value) {
        self.fields.insert(field.name().to_owned(), value);
    }
}

impl Visit for Told {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let value = format!("{value:?}");
        if field.name() == "message" { self.message = value } else { self.take(field, value.into()) }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.take(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.take(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.take(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.take(field, value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_and_an_object_one_object() {
        let told = || {
            let mut told = Told { message: "read\n\x1b[31m".to_owned(), fields: Map::new() };
            told.fields.insert("file".to_owned(), "a\u{9b}b".into());
            told.fields.insert("bytes".to_owned(), 5.into());
            told
        };
        assert_eq!(told().line(1.5), "    1.500 s  read\u{FFFD}\u{FFFD}[31m  bytes=5  file=a\u{FFFD}b");
        let object: Value = serde_json::from_str(&told().object(Level::INFO, 1.5)).unwrap();
        assert_eq!((&object["log"], &object["file"]), (&"info".into(), &"a\u{9b}b".into()));
    }
}
