//! The `urna` command: reads the command line, runs it, and says in one line what went wrong.

use std::process::ExitCode;

use urna::cli::{self, Cli};

fn main() -> ExitCode {
    let result = match Cli::read() {
        Ok(cli) => cli::run(cli),
        Err(said) => return said,
    };
    result.unwrap_or_else(|error| {
        eprintln!("urna: {error}");
        ExitCode::from(error.exit_status())
    })
}

/// Pages are larger than what glibc's allocator keeps at hand: a tenth of the server's time went there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
