//! The `urna` command: reads the command line, runs it, and says in one line what went wrong.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    match urna::cli::run(urna::cli::Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("urna: {error}");
            ExitCode::from(error.exit_status())
        }
    }
}

/// Pages are larger than what glibc's allocator keeps at hand: a tenth of the server's time went there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
