//! newsfold, the program: parse, run, exit.

use std::process::ExitCode;

/// Allocations from so many bytes on go back to the system as soon as they are freed, and so much that is free at the end of a
/// heap does: smaller bits are wanted again soon, and would have to be cleared again.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const MAPPED_BYTES: libc::c_int = 16 << 20;

fn main() -> ExitCode {
    // glibc raises the first bound, to 32 MiB at last, whenever something larger is freed, and keeps what is smaller: of the
    // columns of a million documents, each wanted for a while, some 35 MB that nobody needs, more or less from run to run. Of
    // the second it makes twice the first, but only as long as the first is let alone: else 128 KiB.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: no other thread runs yet, and nothing is allocated by bounds.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED_BYTES);
        libc::mallopt(libc::M_TRIM_THRESHOLD, MAPPED_BYTES);
    }
    newsfold::cli::main(std::env::args_os())
}
