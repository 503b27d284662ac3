use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    // The shim comes before everything else: it is small and starts in a few milliseconds.
    if args.next().is_some_and(|word| word == "__shim") {
        return quintet::shim::main(Path::new(&args.next().unwrap_or_default()));
    }
    if std::env::args_os().nth(1).is_some_and(|word| word == quintet::shell::watchdog::WORD) {
        return quintet::shell::watchdog::main(&std::env::args().skip(2).collect::<Vec<_>>());
    }
    println!("quintet");
    ExitCode::SUCCESS
}
