//! Why an order of the person could not be carried out.

use thiserror::Error;

/// The reason, in words for the person who gave the order.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum Refusal {
    #[error("the run has ended")]
    RunEnded,
    #[error("the final report is being written")]
    Compiling,
    #[error("the run is being stopped")]
    RunStopping,
    #[error("the run starts nothing more")]
    Draining,
    #[error("the run's budget is spent")]
    BudgetSpent,
    #[error("{agent} has spent what it may (max_cost, max_tokens)")]
    OwnBudgetSpent { agent: String },
    #[error("the run is neither held nor draining")]
    NotHeld,
    #[error("a run needs at least one slot")]
    NoSlot,
    #[error("there is no such agent")]
    NoSuchAgent,
    #[error("attempt {wanted} is over: {now} is the newest")]
    OtherAttempt { wanted: u32, now: u32 },
    #[error("{agent} is not running: it is {word}")]
    NotRunning { agent: String, word: &'static str },
    #[error("{agent} is running: hand it over or kill it first")]
    Running { agent: String },
    #[error("{agent} is {word} already")]
    Already { agent: String, word: &'static str },
    #[error("{agent} has not started: skip it instead")]
    NotStarted { agent: String },
    #[error("{agent} is {word}: its end cannot be changed any more")]
    Ending { agent: String, word: &'static str },
    #[error("{agent} has done its work, and its verify command runs")]
    Verifying { agent: String },
    #[error("{agent} cannot be told anything: its engine takes no messages")]
    CannotBeTold { agent: String },
    #[error("{agent} {need}: retry or skip that first, or force {agent}")]
    NeedBroken { agent: String, need: String },
    #[error("{agent} is waiting for nothing that can be forced: it is {word}")]
    NothingToForce { agent: String, word: &'static str },
    #[error("{agent} has not ended: it is {word}")]
    NotEnded { agent: String, word: &'static str },
}
