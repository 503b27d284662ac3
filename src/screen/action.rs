//! Everything a person can do, in one table.
//!
//! From it come the lookup of keys, the footer, the help, the palette, the key table of the README and the words of
//! `quintet ctl`. A new line here does not compile until `screen/act.rs` handles it, and a key that two actions of
//! one moment share is a failing test (`keys.rs`).

/// Where an action applies. At any moment a stack of these is in force, the most particular first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// The aimed agent asks the person.
    Asking,
    /// The aimed attempt runs.
    Running,
    /// The aimed attempt is paused, or its agent was taken out of its slot.
    Paused,
    /// The aimed agent holds a slot.
    Active,
    /// The aimed agent has not started, or waits for a retry.
    Waiting,
    /// The aimed agent has ended.
    Ended,
    /// The run is held.
    Held,
    /// The urgent feed or the list of findings has the focus.
    Feed,
    /// A document has the focus.
    Pager,
    /// The main screen, whatever has the focus on it.
    Team,
    Everywhere,
}

impl Context {
    /// Every context, in the order of the help.
    pub const ALL: [Context; 11] = [
        Context::Everywhere,
        Context::Team,
        Context::Active,
        Context::Running,
        Context::Paused,
        Context::Asking,
        Context::Waiting,
        Context::Ended,
        Context::Held,
        Context::Feed,
        Context::Pager,
    ];

    /// Returns the heading in the help.
    pub fn title(self) -> &'static str {
        match self {
            Context::Asking => "An agent that asks",
            Context::Running => "A running attempt",
            Context::Paused => "A paused attempt",
            Context::Active => "An attempt in a slot",
            Context::Waiting => "An agent that waits",
            Context::Ended => "An agent that has ended",
            Context::Held => "A held run",
            Context::Feed => "Urgent issues and findings",
            Context::Pager => "Reports, logs and notes",
            Context::Team => "The team",
            Context::Everywhere => "Everywhere",
        }
    }
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// The name in the person's key map, in kebab case.
    pub name: &'static str,
    pub context: Context,
    /// Default keys, as written in a key map; none: only in the palette.
    pub keys: &'static [&'static str],
    /// One or two words for the footer; empty: not shown there.
    pub short: &'static str,
    /// One line for help, palette and README.
    pub help: &'static str,
    /// The same order as a verb of `quintet ctl`.
    pub ctl: Option<&'static str>,
}

macro_rules! actions {
    ($($action:ident { $name:literal, $context:ident, [$($key:literal),*], $short:literal, $help:literal $(, ctl $ctl:literal)? })*) => {
        /// Something a person can do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $(#[doc = $help] $action,)*
        }

        impl Action {
            /// Every action, in the order of the table.
            pub const ALL: &[Action] = &[$(Action::$action),*];

            /// Returns its line of the table.
            pub fn spec(self) -> Spec {
                match self {
                    $(Action::$action => Spec {
                        name: $name,
                        context: Context::$context,
                        keys: &[$($key),*],
                        short: $short,
                        help: $help,
                        ctl: None $(.or(Some($ctl)))?,
                    },)*
                }
            }
        }
    };
}

actions! {
    Answer { "answer", Asking, ["a"], "answer", "Answer the question", ctl "answer" }
    Pause { "pause", Running, ["p"], "pause", "Pause: the clock stops, the slot is held", ctl "pause" }
    Freeze { "freeze", Running, ["F"], "", "Freeze the whole process tree at once", ctl "freeze" }
    Resume { "resume", Paused, ["p"], "resume", "Go on after a pause", ctl "resume" }
    Stop { "stop", Active, ["x"], "stop…", "Stop: wrap up with notes, or kill", ctl "kill" }
    Extend { "extend", Active, ["+", "="], "5 min", "Give it five more minutes", ctl "extend" }
    HandOver { "hand-over", Active, ["w"], "hand over", "Hand over now: notes, then a successor", ctl "hand-over" }
    Message { "message", Active, ["m"], "message", "Write it a message", ctl "message" }
    TakeOver { "take-over", Active, ["T"], "", "Take over: work in its own session, then give it back" }
    CopySession { "copy-session", Active, ["Y"], "", "Copy the command that opens its session" }
    Park { "park", Active, ["v"], "", "Pause and free the slot" }
    Next { "next", Waiting, ["n"], "run next", "Run it next", ctl "next" }
    Force { "force", Waiting, ["!"], "force", "Start it although its needs are not met", ctl "force" }
    Skip { "skip", Waiting, ["S"], "skip", "Skip it: what needs it may start", ctl "skip" }
    Retry { "retry", Ended, ["R"], "retry", "Run it again", ctl "retry" }
    RetryOn { "retry-on", Ended, ["O"], "", "Run it again on another engine" }
    SkipEnded { "skip-ended", Ended, ["S"], "skip", "Count it as skipped: what needs it may start" }
    ForceEnded { "force-blocked", Ended, ["!"], "", "Start it although its needs are not met" }
    Release { "release", Held, ["c"], "resume run", "Resume the held run", ctl "resume-all" }

    Visit { "visit", Feed, ["."], "file", "Read the file at the line that is named" }
    EditThere { "edit-there", Feed, ["e"], "edit", "Open the file in $EDITOR at the line" }
    Seen { "seen", Feed, ["a"], "seen", "Mark it as seen" }
    SeenAll { "seen-all", Feed, ["A"], "", "Mark all as seen" }
    Severer { "severity", Feed, ["%"], "severity", "Show only this severity and above" }

    Close { "close", Pager, ["q"], "close", "Close it" }
    Find { "find", Pager, ["/"], "search", "Search in the text" }
    NextHit { "next-hit", Pager, ["n"], "next", "Next hit" }
    PreviousHit { "previous-hit", Pager, ["N"], "", "Previous hit" }
    Outline { "outline", Pager, ["o"], "outline", "Jump to a heading" }
    NextHeading { "next-heading", Pager, ["]"], "", "Next heading" }
    PreviousHeading { "previous-heading", Pager, ["["], "", "Previous heading" }
    NextLink { "next-link", Pager, ["."], "link", "Next link" }
    PreviousLink { "previous-link", Pager, [","], "", "Previous link" }
    Follow { "follow", Pager, ["f"], "follow", "Stay at the end as it grows" }
    Wrap { "wrap", Pager, ["w"], "", "Wrap long lines, or scroll sideways" }
    Raw { "raw", Pager, ["v"], "raw", "The text as it is written" }
    Filter { "filter", Pager, ["&"], "", "Show only lines with a text" }
    Edit { "edit", Pager, ["e"], "edit", "Open it in $EDITOR at this line" }
    Copy { "copy", Pager, ["y"], "", "Copy it (the link that is lit, or the whole)" }

    Open { "open", Everywhere, ["enter"], "open", "Look closer: zoom, report, file" }
    Back { "back", Everywhere, ["esc"], "", "Back" }
    Up { "up", Everywhere, ["up", "k"], "", "Up" }
    Down { "down", Everywhere, ["down", "j"], "", "Down" }
    Left { "left", Everywhere, ["left", "h"], "", "Left" }
    Right { "right", Everywhere, ["right", "l"], "", "Right" }
    PageUp { "page-up", Everywhere, ["pageup", "b"], "", "A page up" }
    PageDown { "page-down", Everywhere, ["pagedown", "space"], "", "A page down" }
    HalfUp { "half-up", Everywhere, ["ctrl-u"], "", "Half a page up" }
    HalfDown { "half-down", Everywhere, ["ctrl-d"], "", "Half a page down" }
    Top { "top", Everywhere, ["g", "home"], "", "To the beginning" }
    Bottom { "bottom", Everywhere, ["G", "end"], "", "To the end" }
    NextFocus { "next-focus", Everywhere, ["tab"], "", "Next part of the screen" }
    PreviousFocus { "previous-focus", Everywhere, ["backtab"], "", "Previous part of the screen" }

    Slot { "slot", Team, ["1", "2", "3", "4", "5", "6", "7", "8", "9"], "", "Go to that slot" }
    Reports { "reports", Team, ["r"], "reports", "Reports, notes and other documents" }
    Log { "log", Team, ["L"], "", "The log of the aimed agent" }
    Prompt { "prompt", Team, ["Q"], "", "What the aimed agent was told" }
    Diff { "diff", Team, ["C"], "", "What the aimed agent changed in its worktree" }
    Merge { "merge", Team, ["M"], "", "Merge what the aimed agent did in its worktree" }
    Urgent { "urgent", Team, ["u"], "urgent", "To the urgent issues" }
    Findings { "findings", Team, ["f"], "findings", "What the team has found" }
    Timeline { "timeline", Team, ["t"], "timeline", "Who ran when, in which slot" }
    Verdict { "verdict", Team, ["c"], "", "Conditions, verdicts and how the run stands" }
    Events { "events", Team, ["E"], "", "What Quintet did, line by line" }
    History { "history", Team, ["H"], "", "Earlier runs in this team directory" }
    GraphPart { "graph", Team, ["d"], "", "To the graph of who needs whom" }
    EditPlan { "edit-plan", Team, [], "", "Open the plan in $EDITOR" }
    PauseAll { "pause-all", Team, ["P"], "", "Pause all, or resume all", ctl "pause-all" }
    MoreSlots { "more-slots", Team, [">"], "", "One slot more", ctl "slots" }
    FewerSlots { "fewer-slots", Team, ["<"], "", "One slot less", ctl "slots" }
    Drain { "drain", Team, ["D"], "", "Drain: start nothing more", ctl "drain" }
    StopAll { "stop-all", Team, ["X"], "", "Stop all: wrap up with notes, or kill", ctl "stop-all" }
    FindAny { "find-any", Team, ["/"], "", "Find an agent, report or finding" }

    Palette { "palette", Everywhere, [":", "ctrl-p"], "command", "Command palette" }
    Help { "help", Everywhere, ["?", "f1"], "help", "This help" }
    FreeMouse { "free-mouse", Everywhere, ["ctrl-t"], "", "Let the terminal have the mouse, for selecting" }
    Reload { "reload", Team, ["ctrl-r"], "", "Take in the plan as it is on disk now", ctl "reload" }
    Lines { "lines", Team, ["s"], "", "Plain lines instead of the screen" }
    Detach { "detach", Everywhere, [], "", "Detach: the run goes on without a screen" }
    Suspend { "suspend", Everywhere, ["ctrl-z"], "", "Suspend Quintet; agents keep working" }
    Redraw { "redraw", Everywhere, ["ctrl-l"], "", "Draw everything again" }
    Quit { "quit", Everywhere, ["q"], "quit", "Quit: detach, wrap up and stop, or kill", ctl "quit" }
    Interrupt { "interrupt", Everywhere, ["ctrl-c"], "", "Quit; twice: wrap up and stop; three times: kill" }
}

impl Action {
    /// Returns whether it is for a running Quintet: where something else drives the team, or the run was earlier, it
    /// cannot be done.
    pub fn steers(self) -> bool {
        match self.spec().context {
            Context::Asking
            | Context::Running
            | Context::Paused
            | Context::Active
            | Context::Waiting
            | Context::Ended
            | Context::Held => true,
            Context::Feed | Context::Pager => false,
            Context::Team | Context::Everywhere => {
                self == Action::Detach || (self.spec().ctl.is_some() && self != Action::Quit)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_a_name_of_its_own_and_a_sentence_of_help() {
        let mut names: Vec<&str> = Action::ALL.iter().map(|action| action.spec().name).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
        for action in Action::ALL {
            let help = action.spec().help;
            assert!(help.starts_with(|c: char| c.is_uppercase()) && !help.ends_with('.'), "{help}");
        }
    }

    #[test]
    fn the_orders_of_ctl_are_all_within_reach_of_a_key() {
        let verbs = [
            "pause",
            "resume",
            "freeze",
            "hand-over",
            "kill",
            "extend",
            "retry",
            "skip",
            "next",
            "message",
            "answer",
            "slots",
            "pause-all",
            "resume-all",
            "stop-all",
            "drain",
            "quit",
            "force",
            "reload",
        ];
        for verb in verbs {
            let known =
                Action::ALL.iter().any(|action| action.spec().ctl == Some(verb) && !action.spec().keys.is_empty());
            assert!(known, "no key gives the order {verb}");
        }
    }
}
