//! The columns of the tables, for those who keep tables as columns.

use super::Kind;
use arrow_schema::{DataType, Field, Fields, Schema, TimeUnit};
use std::sync::Arc;

/// The columns of a table.
pub(super) fn schema(kind: Kind) -> Schema {
    let text = || DataType::Utf8;
    let list = |of: DataType| DataType::List(Arc::new(Field::new_list_field(of, true)));
    let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let fields = |fields: Vec<(&str, DataType)>| -> Fields {
        fields.into_iter().map(|(name, kind)| Field::new(name, kind, true)).collect()
    };
    let record = || {
        vec![
            ("id", text()),
            ("title", text()),
            ("text", text()),
            ("published", time()),
            ("source", text()),
            ("url", text()),
            ("lang", text()),
            ("embedding", list(DataType::Float32)),
        ]
    };
    let columns = match kind {
        Kind::Articles => vec![
            ("id", text()),
            ("group", text()),
            ("representative", DataType::Boolean),
            ("similarity", DataType::Float64),
            ("event", text()),
            ("same_url", text()),
            ("first_seen", DataType::Date32),
            ("new", DataType::Boolean),
        ],
        Kind::Groups => {
            let member = fields(vec![
                ("id", text()),
                ("similarity", DataType::Float64),
                ("published", time()),
                ("source", text()),
            ]);
            vec![
                ("group", text()),
                ("size", DataType::Int64),
                ("representative", text()),
                ("members", list(DataType::Struct(member))),
                ("earlier", DataType::Int64),
                ("first_seen", DataType::Date32),
            ]
        }
        Kind::Events => {
            let day = fields(vec![("day", DataType::Date32), ("size", DataType::Int64)]);
            let phase = fields(vec![
                ("first_published", time()),
                ("last_published", time()),
                ("size", DataType::Int64),
                ("first", text()),
            ]);
            vec![
                ("event", text()),
                ("size", DataType::Int64),
                ("groups", DataType::Int64),
                ("title", text()),
                ("keywords", list(text())),
                ("first_published", time()),
                ("last_published", time()),
                ("sources", list(text())),
                ("timeline", list(DataType::Struct(day))),
                ("phases", list(DataType::Struct(phase))),
                ("members", list(text())),
                ("earlier", DataType::Int64),
                ("first_seen", DataType::Date32),
            ]
        }
        Kind::Edges => {
            vec![("a", text()), ("b", text()), ("similarity", DataType::Float64), ("containment", DataType::Float64)]
        }
        Kind::Rejects => vec![
            ("file", text()),
            ("line", DataType::Int64),
            ("offset", DataType::Int64),
            ("reason", text()),
            ("detail", text()),
            ("id", text()),
        ],
        Kind::Versions => {
            let part = fields(vec![("kind", text()), ("text", text())]);
            vec![
                ("id", text()),
                ("why", text()),
                ("of", text()),
                ("title", text()),
                ("source", text()),
                ("published", time()),
                ("url", text()),
                ("added", DataType::Int64),
                ("removed", DataType::Int64),
                ("differences", list(DataType::Struct(part))),
                ("more", DataType::Int64),
            ]
        }
        Kind::Changes => vec![("what", text()), ("name", text()), ("into", text())],
        Kind::Kept => record(),
        Kind::Annotated => [record(), vec![("group", text()), ("event", text())]].concat(),
    };
    Schema::new(fields(columns))
}
