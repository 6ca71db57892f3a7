//! The `urna` command: reads the command line, runs it, and reports an error in one line.

use std::process::ExitCode;

use urna::cli::{self, Cli};

fn main() -> ExitCode {
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
