//! The brain: which agent runs when, for how long, and what its end means.
//!
//! Sans-IO and deterministic: facts and `now` go in through [`Scheduler::handle`], [`Order`]s come out of
//! [`Scheduler::poll_order`], and [`Scheduler::poll_timeout`] says when to call again. It cannot fail.
//!
//! Every decision is a [`Record`] first: the record is applied to [`State`] by [`State::apply`] and handed out as
//! [`Order::Record`] before the orders that it announces. So the state is the fold of the records, the journal is
//! the list of the records, and a crash, an attached screen and a replay are all the same fold.

mod brain;
pub mod clock;
pub mod event;
pub mod millis;
pub mod record;
pub mod state;

mod deadlines;
mod ending;
mod fold;
mod follow;
mod hold;
mod last_word;
mod life;
mod orders;
mod questions;
mod quota;
mod refusal;
mod roster;
mod settle;
mod slot_use;
mod start;
mod steer;
mod sums;
mod verdict;

pub use brain::Scheduler;
pub use clock::{BoxClock, Time};
pub use event::{Command, End, Event, Order, Outcome, Settings, TaskSpec};
pub use fold::seconds;
pub use record::{AgentVerdict, AttemptVerdict, By, EndOrder, NotesAuthor, Record, Severity, SlotUse};
pub use state::{Active, AgentState, Attempt, Ended, Mode, Ordered, Phase, Question, Stage, State, Word};
pub use sums::Sums;
