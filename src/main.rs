//! Thin: programs of their own come first, then the command line.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    // The shim comes before everything else: it is small and starts in a few milliseconds.
    match args.next() {
        Some(word) if word == "__shim" => quintet::shim::main(Path::new(&args.next().unwrap_or_default())),
        Some(word) if word == "__at" => quintet::shim::at::main(&args.collect::<Vec<_>>()),
        Some(word) if word == quintet::shim::tied::WORD => quintet::shim::tied::main(&args.collect::<Vec<_>>()),
        Some(word) if word == "__analyst" => quintet::analyst::main(),
        Some(word) if word == quintet::shell::watchdog::WORD => {
            quintet::shell::watchdog::main(&std::env::args().skip(2).collect::<Vec<_>>())
        }
        Some(word) if word == quintet::selftest::fake::WORD => {
            quintet::selftest::fake::main(&std::env::args().skip(2).collect::<Vec<_>>())
        }
        Some(word) if word == "mcp" => quintet::mcp::main(),
        _ => quintet::cli::main(),
    }
}
