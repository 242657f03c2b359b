//! The config file: read as if its entries had been typed, and written with a word on each.
//!
//! It is a TOML table of option names. Its entries are put before the arguments of the command line, so that what is typed
//! wins, and a wrong value is answered as if it had been typed. What is written tells of each option what the help does.

use super::show;
use anyhow::Result;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Command};
use std::any::TypeId;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A config file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("--config {path}: {why}")]
pub(super) struct BadConfig {
    path: PathBuf,
    why: String,
}

/// Arguments of which some may come from a config file.
pub(super) struct Arguments {
    pub(super) all: Vec<OsString>,
    config: Option<PathBuf>,
    /// The options that the config file has given.
    of_config: Vec<String>,
}

impl Arguments {
    /// The config file, if it is to blame for what is wrong with the arguments.
    pub(super) fn config_to_blame(&self, error: &clap::Error) -> Option<&Path> {
        let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else { return None };
        let named = argument.strip_prefix("--")?.split([' ', '=']).next()?;
        self.config.as_deref().filter(|_| self.of_config.iter().any(|name| name == named))
    }
}

/// The arguments with those of the config file, if one is named, put behind the verb; `command` has been built.
pub(super) fn with_config(mut all: Vec<OsString>, command: &Command) -> Result<Arguments> {
    let verb = all.iter().skip(1).position(|argument| !argument.as_encoded_bytes().starts_with(b"-"));
    let found = verb.and_then(|at| command.find_subcommand(all[at + 1].to_str()?).map(|verb| (at + 2, verb)));
    let (Some(path), Some((behind_verb, verb))) = (config_path(&all), found) else {
        return Ok(Arguments { all, config: None, of_config: Vec::new() });
    };
    let bad = |why: String| BadConfig { path: path.clone(), why };
    let text = std::fs::read_to_string(&path).map_err(|e| bad(e.to_string()))?;
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| bad(e.to_string()))?;
    let typed = all.split_off(behind_verb);
    let mut of_config = Vec::new();
    for (name, value) in table {
        let known = verb.get_arguments().find(|arg| arg.get_long() == Some(&*name) && is_for_config(arg));
        let known = known.ok_or_else(|| bad(unknown(&name, verb, command)))?;
        // A switch or list that is typed replaces the file's, as any other option does.
        if !is_typed(&typed, known) {
            all.extend(as_arguments(&name, value, known).map_err(|why| bad(format!("{name}: {why}")))?);
            of_config.push(name);
        }
    }
    all.extend(typed);
    Ok(Arguments { all, config: Some(path), of_config })
}

/// Whether an option may stand in a config file.
fn is_for_config(arg: &Arg) -> bool {
    let is_of_the_moment = |name| matches!(name, "config" | "print-config" | "dry-run" | "help" | "version");
    arg.get_long().is_some_and(|name| !is_of_the_moment(name))
}

/// What to say of a key that no option of the verb is called by.
fn unknown(name: &str, verb: &Command, command: &Command) -> String {
    let verb_name = verb.get_name();
    let others = verbs_with(name, command);
    if !others.is_empty() {
        return format!("{name} is an option of {}, not of {verb_name}: leave it out here", others.join(" and "));
    }
    if verb.get_arguments().any(|arg| arg.get_long() == Some(name)) {
        return format!("--{name} can only be typed: leave it out here");
    }
    let meant = meant(name, verb).map_or_else(
        || format!("newsfold {verb_name} --print-config writes all that there are"),
        |meant| format!("did you mean {meant}?"),
    );
    format!("there is no option {name}: {meant}")
}

/// The verbs that have an option of this name.
pub(super) fn verbs_with<'a>(option: &str, command: &'a Command) -> Vec<&'a str> {
    let has = |verb: &&Command| verb.get_arguments().any(|arg| arg.get_long() == Some(option) && is_for_config(arg));
    command.get_subcommands().filter(has).map(Command::get_name).collect()
}

/// The option that is nearest to what was written, as if it had been typed.
fn meant(name: &str, verb: &Command) -> Option<String> {
    let error = verb.clone().try_get_matches_from([verb.get_name(), &format!("--{name}")]).err()?;
    match error.get(ContextKind::SuggestedArg)? {
        ContextValue::String(meant) => Some(meant.trim_start_matches("--").to_owned()),
        _ => None,
    }
}

fn config_path(arguments: &[OsString]) -> Option<PathBuf> {
    let mut rest = arguments.iter().take_while(|argument| *argument != "--");
    while let Some(argument) = rest.next() {
        if argument == "--config" {
            return rest.next().map(PathBuf::from);
        }
        if let Some(path) = argument.to_str().and_then(|argument| argument.strip_prefix("--config=")) {
            return Some(Path::new(path).to_owned());
        }
    }
    None
}

fn is_typed(typed: &[OsString], arg: &Arg) -> bool {
    typed.iter().filter_map(|argument| argument.to_str()).any(|argument| match argument.strip_prefix("--") {
        Some(long) => long.split('=').next() == arg.get_long(),
        None => {
            argument.strip_prefix('-').is_some_and(|shorts| arg.get_short().is_some_and(|short| shorts.contains(short)))
        }
    })
}

/// An entry of the config file as it would be typed.
fn as_arguments(name: &str, value: toml::Value, arg: &Arg) -> Result<Vec<OsString>, &'static str> {
    use toml::Value;
    let one = |value: Value| match value {
        Value::String(text) => Ok(text),
        Value::Integer(_) | Value::Float(_) => Ok(value.to_string()),
        _ => Err("text, a number, true, false or a list of texts was expected"),
    };
    let switch = || format!("--{name}").into();
    Ok(match (arg.get_action(), value) {
        (ArgAction::Count, Value::Integer(times @ 0..=9)) => (0..times).map(|_| switch()).collect(),
        (ArgAction::Count, _) => return Err("a small number was expected"),
        (ArgAction::SetTrue, Value::Boolean(is_set)) => is_set.then(switch).into_iter().collect(),
        (ArgAction::SetTrue, _) => return Err("true or false was expected"),
        (_, Value::Boolean(_)) => return Err("a value was expected, not true or false"),
        (_, Value::Array(values)) if values.is_empty() => Vec::new(),
        (_, Value::Array(values)) => {
            let values: Vec<String> = values.into_iter().map(one).collect::<Result<_, _>>()?;
            vec![format!("--{name}={}", values.join(",")).into()]
        }
        (_, value) => vec![format!("--{name}={}", one(value)?).into()],
    })
}

/// Whether the options of a verb were to be written as a config file.
pub(super) fn is_to_be_printed(given: &ArgMatches) -> bool {
    matches!(given.try_get_one("print_config"), Ok(Some(true)))
}

/// The options of a verb as a config file, with what was given in it.
pub(super) fn printed(verb: &Command, given: &ArgMatches) -> String {
    let mut config =
        format!("# newsfold {}: all options, for --config FILE.toml; what is typed wins.\n", verb.get_name());
    let mut heading = None;
    for arg in verb.get_arguments().filter(|arg| is_for_config(arg)) {
        if arg.get_help_heading() != heading {
            heading = arg.get_help_heading();
            _ = writeln!(config, "\n# ---- {} ----", heading.unwrap_or("Options"));
        }
        let name = arg.get_long().unwrap_or_default();
        _ = writeln!(config, "\n{}", comment(arg));
        _ = match value(arg, given) {
            Some(value) => writeln!(config, "{name} = {value}"),
            None => writeln!(config, "# {name} = {}", arg.get_value_names().unwrap_or_default().join(" ")),
        };
    }
    config
}

/// Columns of a comment.
const COLUMNS: usize = 98;

/// What the help tells of an option.
fn comment(arg: &Arg) -> String {
    let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
    let mut told: Vec<String> = help.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    let choices: Vec<String> = arg.get_possible_values().iter().map(|choice| choice.get_name().to_owned()).collect();
    if arg.get_action().takes_values() && !choices.is_empty() {
        told.push(format!("One of {}.", choices.join(", ")));
    }
    let defaults: Vec<String> =
        arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    if arg.get_action().takes_values() && !defaults.is_empty() {
        told.push(format!("Default: {}", defaults.join(",")));
    }
    let lines = told.iter().flat_map(|line| show::wrapped(line, Some(COLUMNS)));
    lines.map(|line| format!("# {line}")).collect::<Vec<_>>().join("\n")
}

/// The value of an option as TOML; none where it was not given and has no default.
fn value(arg: &Arg, given: &ArgMatches) -> Option<toml::Value> {
    let id = arg.get_id().as_str();
    match arg.get_action() {
        ArgAction::SetTrue => Some(given.get_flag(id).into()),
        ArgAction::Count => Some(i64::from(given.get_count(id)).into()),
        _ => {
            let values = given.get_raw(id)?.map(|value| of_type(arg, &value.to_string_lossy()));
            let mut values: Vec<toml::Value> = values.collect();
            if arg.get_value_delimiter().is_some() { Some(values.into()) } else { values.pop() }
        }
    }
}

/// Numbers are written as such, but for those that people write with a unit.
fn of_type(arg: &Arg, written: &str) -> toml::Value {
    let of = arg.get_value_parser().type_id();
    let is_number = of == TypeId::of::<f64>()
        || [TypeId::of::<u32>(), TypeId::of::<u64>(), TypeId::of::<usize>()].iter().any(|id| of == *id);
    let whole = || written.parse::<i64>().ok().map(toml::Value::from);
    let number = || whole().or_else(|| written.parse::<f64>().ok().map(toml::Value::from));
    is_number.then(number).flatten().unwrap_or_else(|| written.into())
}

/// clap's answer, which also says so where an unknown option belongs to other verbs.
pub(super) fn with_owner(mut error: clap::Error, command: &Command) -> clap::Error {
    let argument = match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::UnknownArgument, Some(ContextValue::String(argument))) => argument,
        _ => return error,
    };
    let name = argument.trim_start_matches("--").split([' ', '=']).next().unwrap_or_default();
    let others = verbs_with(name, command);
    if !others.is_empty() {
        let told = format!("--{name} is an option of {}", others.join(" and "));
        // What looks like it among the verb's own was not meant.
        error.remove(ContextKind::SuggestedArg);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![told.into()]));
    }
    error
}
