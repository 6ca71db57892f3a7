//! The `urna` command: reads the command line, runs it, and reports an error in one line.

use std::process::ExitCode;

use urna::cli::{self, Cli};

fn main() -> ExitCode {
    without_huge_pages();
    let result = match Cli::read() {
        Ok(cli) => cli::run(cli),
        Err(status) => return status,
    };
    result.unwrap_or_else(|error| {
        eprintln!("urna: {error}");
        ExitCode::from(error.exit_status())
    })
}

/// Pages are larger than what glibc's allocator keeps at hand: a tenth of the server's time went there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The allocator asks Linux for pages of 2 MB, which each connection fills in part: a client would take twice the memory.
fn without_huge_pages() {
    #[cfg(target_os = "linux")]
    // SAFETY: it takes numbers alone, and where it fails all is as before.
    let _ = unsafe { libc::prctl(libc::PR_SET_THP_DISABLE, 1, 0, 0, 0) };
}
