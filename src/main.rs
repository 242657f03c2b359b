//! newsfold, the program: parse, run, exit.

use std::process::ExitCode;

/// Allocations from so many bytes on go back to the system as soon as they are freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const MAPPED_BYTES: libc::c_int = 16 << 20;

fn main() -> ExitCode {
    // glibc raises this bound, to 32 MiB at last, whenever something larger is freed, and keeps what is smaller: of the columns
    // of a million documents, each wanted for a while, some 35 MB that nobody needs, more or less from run to run.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: no other thread runs yet, and nothing is allocated by a bound.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED_BYTES);
    }
    newsfold::cli::main(std::env::args_os())
}
