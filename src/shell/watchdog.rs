//! The process that gives the terminal back when Quintet was killed and could not.
//!
//! It holds one end of a pipe. Quintet says through it whether the terminal is taken; when the pipe closes while it
//! is, the modes are put back. It needs nothing else, so it is started before everything else is set up.

use std::io::{self, Read, Write};
use std::process::ExitCode;

use rustix::termios::{
    ControlModes, InputModes, LocalModes, OptionalActions, OutputModes, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};

use super::terminal::RESTORE;

/// The word on the command line that makes Quintet a watchdog.
pub const WORD: &str = "__watchdog";
/// The terminal is Quintet's.
pub const TAKEN: u8 = b't';
/// The terminal is as it was.
pub const GIVEN_BACK: u8 = b'g';

/// The modes of a terminal that Quintet changes, as they were before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    input: u32,
    output: u32,
    control: u32,
    local: u32,
    least: u8,
    wait: u8,
}

impl Before {
    pub fn of(modes: &Termios) -> Before {
        Before {
            input: modes.input_modes.bits(),
            output: modes.output_modes.bits(),
            control: modes.control_modes.bits(),
            local: modes.local_modes.bits(),
            least: modes.special_codes[SpecialCodeIndex::VMIN],
            wait: modes.special_codes[SpecialCodeIndex::VTIME],
        }
    }

    /// Returns them as arguments of a watchdog.
    pub fn to_args(self) -> [String; 6] {
        [
            self.input.to_string(),
            self.output.to_string(),
            self.control.to_string(),
            self.local.to_string(),
            self.least.to_string(),
            self.wait.to_string(),
        ]
    }

    /// Reads the arguments of a watchdog.
    pub fn from_args(args: &[String]) -> Option<Before> {
        let [input, output, control, local, least, wait] = args else { return None };
        Some(Before {
            input: input.parse().ok()?,
            output: output.parse().ok()?,
            control: control.parse().ok()?,
            local: local.parse().ok()?,
            least: least.parse().ok()?,
            wait: wait.parse().ok()?,
        })
    }

    fn put_back(self) -> io::Result<()> {
        let mut modes = tcgetattr(io::stdout())?;
        modes.input_modes = InputModes::from_bits_retain(self.input);
        modes.output_modes = OutputModes::from_bits_retain(self.output);
        modes.control_modes = ControlModes::from_bits_retain(self.control);
        modes.local_modes = LocalModes::from_bits_retain(self.local);
        modes.special_codes[SpecialCodeIndex::VMIN] = self.least;
        modes.special_codes[SpecialCodeIndex::VTIME] = self.wait;
        tcsetattr(io::stdout(), OptionalActions::Now, &modes)?;
        Ok(())
    }
}

/// Watches until Quintet ends: `args` are those after the word. Its input is the pipe, its output the terminal.
pub fn main(args: &[String]) -> ExitCode {
    let Some(before) = Before::from_args(args) else { return ExitCode::from(2) };
    let mut taken = false;
    let mut words = [0; 16];
    loop {
        match io::stdin().read(&mut words) {
            Ok(0) => break,
            Ok(count) => taken = words[count - 1] == TAKEN,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    if taken {
        let mut out = io::stdout().lock();
        // Both are tried: one may work where the other does not, and nobody is left to be told.
        let _ = out.write_all(RESTORE.as_bytes()).and_then(|()| out.flush());
        let _ = before.put_back();
    }
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_before_survives_the_way_over_the_command_line() {
        let before = Before { input: 0x500, output: 5, control: 0xbf, local: 0x8a3b, least: 1, wait: 0 };
        assert_eq!(Before::from_args(&before.to_args()), Some(before));
        assert_eq!(Before::from_args(&["1".to_owned()]), None);
    }
}
