//! What Quintet and a shim say to each other.
//!
//! Orders are lines of the file `ctl`, so that they outlive both ends: `seq verb [argument]`. The socket only says
//! that there is something to look at, and carries what must be quick; each message is one line of JSON.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::folder::{ExitFile, Policy};

/// Something the shim must do with the tree. Each is idempotent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ShimOrder {
    /// SIGSTOP for the whole tree; the run time stands.
    Stop,
    Cont,
    /// SIGINT for the agent's process group: interrupt the turn.
    Int,
    /// SIGTERM for the agent's process group, then SIGCONT: end, and write your notes.
    Term,
    /// The whole tree, now.
    Kill,
    /// A new limit of run time; it only moves the backstop.
    Limit(Duration),
    Policy(Policy),
    /// The agent's input ends after what is in `in`.
    CloseInput,
}

/// What is said to the shim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Ask {
    /// A Quintet is here (again), and this connection is its lifeline.
    Hello,
    /// Look at `ctl` and `in`.
    Look,
    /// The last `grew` was taken in; tell the next one.
    Seen,
    /// The attempt's MCP server appended to `said.jsonl`.
    Said,
    /// A line of `ctl` that could not be written there: disk full, folder gone.
    Do { line: String },
}

/// What the shim says to Quintet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum Say {
    /// The agent runs: after its start, and in answer to `hello`.
    Running {
        v: u32,
        shim: i32,
        agent: i32,
    },
    /// The logs have this many bytes now; one is in flight until `seen`.
    Grew {
        out: u64,
        err: u64,
        dropped: u64,
    },
    /// An order was carried out, or could not be.
    Done {
        seq: u64,
        ok: bool,
    },
    Said,
    /// Nothing of the tree is left; `exit` is written.
    Exit(ExitFile),
}

impl ShimOrder {
    /// Returns the order as a line of `ctl`, newline included.
    pub fn line(&self, seq: u64) -> String {
        match self {
            ShimOrder::Stop => format!("{seq} stop\n"),
            ShimOrder::Cont => format!("{seq} cont\n"),
            ShimOrder::Int => format!("{seq} int\n"),
            ShimOrder::Term => format!("{seq} term\n"),
            ShimOrder::Kill => format!("{seq} kill\n"),
            ShimOrder::Limit(limit) => format!("{seq} limit {}\n", limit.as_secs_f64()),
            ShimOrder::Policy(Policy::Keep) => format!("{seq} policy keep\n"),
            ShimOrder::Policy(Policy::End) => format!("{seq} policy end\n"),
            ShimOrder::CloseInput => format!("{seq} close-stdin\n"),
        }
    }

    /// Returns the number and the order of a line of `ctl`. `Ok(None)`: a torn line, which has no number. `Err`: the
    /// number of a line that this version does not know.
    pub fn parse(line: &str) -> Result<Option<(u64, ShimOrder)>, u64> {
        let mut words = line.split_ascii_whitespace();
        let Some(seq) = words.next().and_then(|seq| seq.parse().ok()) else {
            return Ok(None);
        };
        let order = match (words.next(), words.next()) {
            (Some("stop"), None) => ShimOrder::Stop,
            (Some("cont"), None) => ShimOrder::Cont,
            (Some("int"), None) => ShimOrder::Int,
            (Some("term"), None) => ShimOrder::Term,
            (Some("kill"), None) => ShimOrder::Kill,
            (Some("limit"), Some(seconds)) => {
                let limit = seconds.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
                ShimOrder::Limit(limit.ok_or(seq)?)
            }
            (Some("policy"), Some("keep")) => ShimOrder::Policy(Policy::Keep),
            (Some("policy"), Some("end")) => ShimOrder::Policy(Policy::End),
            (Some("close-stdin"), None) => ShimOrder::CloseInput,
            _ => return Err(seq),
        };
        Ok(Some((seq, order)))
    }
}

/// Returns a message as it goes over the socket.
pub fn message(message: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(message).expect("messages have no maps with keys that are no strings");
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_is_read_as_it_was_written() {
        let orders = [
            ShimOrder::Stop,
            ShimOrder::Cont,
            ShimOrder::Int,
            ShimOrder::Term,
            ShimOrder::Kill,
            ShimOrder::Limit(Duration::from_millis(1500)),
            ShimOrder::Policy(Policy::Keep),
            ShimOrder::Policy(Policy::End),
            ShimOrder::CloseInput,
        ];
        for order in orders {
            assert_eq!(ShimOrder::parse(order.line(7).trim_end()), Ok(Some((7, order))));
        }
    }

    #[test]
    fn a_torn_line_is_passed_over_and_an_unknown_verb_is_answered() {
        assert_eq!(ShimOrder::parse("kil"), Ok(None));
        assert_eq!(ShimOrder::parse(""), Ok(None));
        assert_eq!(ShimOrder::parse("3 dance"), Err(3));
        assert_eq!(ShimOrder::parse("3 limit -1"), Err(3));
    }

    #[test]
    fn an_exit_travels_as_one_flat_line() {
        let ended = "2026-01-02T03:04:05.678Z".parse().expect("a time");
        let exit = ExitFile {
            v: 1,
            exit: Some(3),
            signal: None,
            reason: crate::shim::Reason::Exited,
            why: None,
            run_s: 0.5,
            ended,
            dropped: 0,
            out: 1,
            err: 2,
            leftovers: Vec::new(),
            unkillable: Vec::new(),
        };
        let line = message(&Say::Exit(exit.clone()));
        assert!(line.starts_with(br#"{"say":"exit","v":1,"exit":3"#), "{}", String::from_utf8_lossy(&line));
        assert_eq!(serde_json::from_slice::<Say>(&line).expect("our own message"), Say::Exit(exit));
    }
}
