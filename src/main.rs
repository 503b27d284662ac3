use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    // The shim comes before everything else: it is small and starts in a few milliseconds.
    if args.next().is_some_and(|word| word == "__shim") {
        return quintet::shim::main(Path::new(&args.next().unwrap_or_default()));
    }
    println!("quintet");
    ExitCode::SUCCESS
}
