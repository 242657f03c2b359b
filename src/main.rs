//! newsfold, the program: parse, run, exit.

use std::process::ExitCode;

fn main() -> ExitCode {
    newsfold::cli::main(std::env::args_os())
}
