//! What keys do: orders aimed at what was shown, questions, moving about, panes.

use std::time::Duration;

use quintet::plan::AgentId;
use quintet::scheduler::{AttemptVerdict, Command, Record};
use quintet::screen::action::Action;
use quintet::screen::keys::KeyMap;
use quintet::screen::{Doc, Focus, Intent, Overlay, Pane, QuitChoice};

use super::world::World;

const SIZE: (u16, u16) = (160, 48);

fn order(command: Command) -> Vec<Intent> {
    vec![Intent::Order(command)]
}

#[test]
fn keys_give_orders_to_the_attempt_in_the_panel_that_has_the_focus() {
    let mut world = World::busy(SIZE);
    let (agent, attempt) = (AgentId(1), Some(1));
    world.press("2 p");
    assert_eq!(world.asked(), order(Command::Pause { agent, attempt, hard: false }));
    world.press("F");
    assert_eq!(world.asked(), order(Command::Pause { agent, attempt, hard: true }));
    world.press("+");
    assert_eq!(world.asked(), order(Command::Extend { agent, attempt, by: Duration::from_secs(300) }));
    world.press("w");
    assert_eq!(world.asked(), order(Command::HandOver { agent, attempt }));
    world.press("v");
    assert_eq!(world.asked(), order(Command::Park { agent, attempt }));
}

#[test]
fn a_person_takes_over_the_session_of_the_aimed_attempt_or_copies_how() {
    let mut world = World::busy(SIZE);
    world.press("2 T");
    assert_eq!(world.asked(), [Intent::TakeOver(AgentId(1), 1)]);
    world.press("Y");
    assert_eq!(world.asked(), [Intent::CopySession(AgentId(1))]);
}

#[test]
fn what_an_agent_changed_is_read_and_merged_where_it_has_a_worktree_of_its_own() {
    let mut world = World::busy(SIZE);
    world.press("2 C");
    assert!(world.shown().contains("works in the project itself"));
    let agent = world.name(1);
    world.take(Record::WorktreeAdded {
        agent,
        path: "w".into(),
        branch: "quintet/r/b".into(),
        base: "c0ffee".into(),
        git_dir: "/p/.git".into(),
        own_git_dir: None,
    });
    world.press("C");
    assert_eq!(world.asked(), [Intent::Open(Doc::Diff(AgentId(1)))]);
}

#[test]
fn a_paused_attempt_is_resumed_by_the_key_that_paused_it() {
    let mut world = World::busy(SIZE);
    world.press("3 p");
    assert_eq!(world.asked(), order(Command::Resume { agent: AgentId(2), attempt: Some(2) }));
}

#[test]
fn stopping_asks_first_and_names_agent_and_attempt() {
    let mut world = World::busy(SIZE);
    world.press("3 x");
    assert!(world.shown().contains("testing-engineer, attempt 2"));
    assert_eq!(world.asked(), []);
    world.press("enter");
    assert_eq!(world.asked(), order(Command::Stop { agent: AgentId(2), attempt: Some(2) }));
    world.press("x x");
    assert_eq!(world.asked(), order(Command::Kill { agent: AgentId(2), attempt: Some(2) }));
    world.press("x esc");
    assert_eq!(world.asked(), []);
    assert!(world.screen.overlay.is_none());
}

#[test]
fn a_key_never_hits_the_attempt_that_took_the_slot_meanwhile() {
    let mut world = World::busy(SIZE);
    world.press("5");
    world.screen.drawn(&world.run);
    // It ends after it was drawn and before the key is read; another one takes its slot.
    world.end(4, 1, AttemptVerdict::OutOfTime, None);
    world.ready(4);
    world.start(4, 2);
    world.asked();
    let key = super::world::key_event("w");
    let intents = world.screen.key(&world.run, world.now, key);
    assert_eq!(intents, []);
    assert!(world.shown().contains("deployment-specialist attempt 1 has ended; nothing was done"));
    world.press("w");
    assert_eq!(world.asked(), order(Command::HandOver { agent: AgentId(4), attempt: Some(2) }));
}

#[test]
fn a_question_that_was_open_when_its_attempt_ended_is_not_answered_for_the_next() {
    let mut world = World::busy(SIZE);
    world.press("1 x");
    world.end(5, 1, AttemptVerdict::Failed, None);
    world.ready(5);
    world.start(5, 2);
    world.asked();
    world.press("x");
    assert_eq!(world.asked(), []);
}

#[test]
fn the_slot_tells_for_ten_seconds_whose_it_was() {
    let mut world = World::busy(SIZE);
    world.end(8, 1, AttemptVerdict::Done, None);
    world.end_agent(8, quintet::scheduler::AgentVerdict::Done, None, true);
    world.ready(6);
    world.start(6, 1);
    world.wait(6);
    assert!(world.shown().contains("was: monitoring-specialist ✓ done, 6 s ago"), "{}", world.shown());
    world.wait(5);
    world.take(Record::AttemptWarning { agent: world.name(6), attempt: 1, left_s: 1.0 });
    assert!(!world.shown().contains("was:"));
}

#[test]
fn a_question_of_an_agent_is_answered_by_a_key() {
    let mut world = World::busy(SIZE);
    let answer =
        |answer: &str| vec![Intent::Answer { agent: AgentId(5), id: "q1".to_owned(), answer: answer.to_owned() }];
    world.press("1 a");
    assert!(world.shown().contains("integration-analyst asks"));
    world.press("y");
    assert_eq!(world.asked(), answer("allow"));
    world.press("a n");
    assert_eq!(world.asked(), answer("deny"));
    world.press("a t");
    world.type_in("only the unit tests");
    world.press("enter");
    assert_eq!(world.asked(), answer("only the unit tests"));
}

#[test]
fn a_message_may_have_several_lines_and_goes_to_the_attempt() {
    let mut world = World::busy(SIZE);
    world.press("2 m");
    world.type_in("look at the tests");
    world.press("ctrl-j");
    world.screen.paste(&world.run, world.now, "then\x1b[31m the docs");
    world.press("enter");
    let text = "look at the tests\nthen[31m the docs".to_owned();
    assert_eq!(world.asked(), order(Command::Message { agent: AgentId(1), attempt: Some(1), text }));
}

#[test]
fn pasted_text_presses_no_keys() {
    let mut world = World::busy(SIZE);
    world.screen.paste(&world.run, world.now, "xxq");
    assert!(world.screen.overlay.is_none());
    assert_eq!(world.asked(), []);
}

#[test]
fn agents_that_wait_or_have_ended_get_their_orders_in_the_queue() {
    let mut world = World::busy(SIZE);
    world.press("tab n");
    assert_eq!(world.screen.focus, Focus::Queue);
    assert_eq!(world.asked(), order(Command::Next { agent: AgentId(6) }));
    world.press("down !");
    assert_eq!(world.asked(), order(Command::Force { agent: AgentId(7) }));
    world.press("S");
    assert_eq!(world.asked(), order(Command::Skip { agent: AgentId(7) }));
    world.press("G R");
    assert_eq!(world.asked(), order(Command::Retry { agent: AgentId(3), engine: None }));
    world.press("O");
    world.type_in("codex");
    world.press("enter");
    assert_eq!(world.asked(), order(Command::Retry { agent: AgentId(3), engine: Some("codex".to_owned()) }));
}

#[test]
fn the_whole_run_is_paused_drained_stopped_and_given_slots_by_keys() {
    let mut world = World::busy(SIZE);
    world.press("P");
    assert_eq!(world.asked(), order(Command::PauseAll));
    world.press("D");
    assert_eq!(world.asked(), order(Command::Drain));
    world.press(">");
    assert_eq!(world.asked(), order(Command::Slots(6)));
    world.press("<");
    assert_eq!(world.asked(), order(Command::Slots(4)));
    world.press("X enter");
    assert_eq!(world.asked(), order(Command::StopAll));
    world.press("X x");
    assert_eq!(world.asked(), order(Command::KillAll));
}

#[test]
fn a_held_run_says_why_and_is_resumed_by_a_key() {
    let mut world = World::busy(SIZE);
    world.take(Record::RunHeld { why: "two agents failed: wrong login".to_owned() });
    assert!(world.shown().contains("held · c resumes the run · two agents failed: wrong login"));
    world.asked();
    world.press("c");
    assert_eq!(world.asked(), order(Command::Release));
}

#[test]
fn quitting_asks_one_question() {
    let mut world = World::busy(SIZE);
    world.press("q enter");
    assert_eq!(world.asked(), [Intent::Quit(QuitChoice::Detach)]);
    world.press("q w");
    assert_eq!(world.asked(), [Intent::Quit(QuitChoice::StopAll)]);
    world.press("q x");
    assert_eq!(world.asked(), [Intent::Quit(QuitChoice::KillAll)]);
    world.press("q esc");
    assert_eq!(world.asked(), []);
}

#[test]
fn a_second_interrupt_wraps_up_and_a_third_kills() {
    let mut world = World::busy(SIZE);
    world.press("ctrl-c");
    assert!(matches!(world.screen.overlay, Some(Overlay::Quit)));
    world.wait(1);
    world.press("ctrl-c");
    assert_eq!(world.asked(), [Intent::Quit(QuitChoice::Interrupted)]);
    world.press("ctrl-c");
    assert_eq!(world.asked(), [Intent::Quit(QuitChoice::KillAll)]);
    world.wait(5);
    world.press("ctrl-c");
    assert_eq!(world.asked(), []);
}

#[test]
fn a_run_that_has_ended_is_just_left() {
    let mut world = World::ended(SIZE);
    world.press("q");
    assert_eq!(world.asked(), [Intent::Quit(QuitChoice::Leave)]);
}

#[test]
fn enter_looks_closer_and_escape_comes_back() {
    let mut world = World::busy(SIZE);
    world.press("2 enter");
    assert!(matches!(world.screen.pane, Some(Pane::Zoom { agent: AgentId(1), .. })));
    world.press("enter");
    assert_eq!(world.asked(), [Intent::Open(Doc::Log { agent: AgentId(1), attempt: 1 })]);
    world.press("esc");
    assert!(matches!(world.screen.pane, Some(Pane::Zoom { .. })));
    world.press("esc");
    assert!(world.screen.pane.is_none());
    assert_eq!(world.screen.focus, Focus::Seat(1));
}

#[test]
fn orders_work_in_the_zoom_as_in_the_panel() {
    let mut world = World::busy(SIZE);
    world.press("2 enter p");
    assert_eq!(world.asked(), order(Command::Pause { agent: AgentId(1), attempt: Some(1), hard: false }));
}

#[test]
fn a_finished_agent_opens_its_report() {
    let mut world = World::busy(SIZE);
    world.press("tab G enter");
    assert_eq!(world.asked(), [Intent::Open(Doc::Report(AgentId(3)))]);
}

#[test]
fn an_urgent_issue_opens_its_file_at_the_line_and_counts_as_seen() {
    let mut world = World::busy(SIZE);
    world.press("u enter");
    let file = Doc::File { path: "internal/spanner/repository.go".to_owned(), line: Some(88) };
    let at = world.run.feed.entries.len() - 1;
    assert_eq!(world.asked(), [Intent::Open(file), Intent::Seen(vec![at])]);
}

#[test]
fn the_palette_finds_an_action_by_a_few_letters() {
    let mut world = World::busy(SIZE);
    world.press("2 :");
    world.type_in("hand ov");
    world.press("enter");
    assert_eq!(world.asked(), order(Command::HandOver { agent: AgentId(1), attempt: Some(1) }));
}

#[test]
fn the_palette_goes_to_an_agent_wherever_it_is() {
    let mut world = World::busy(SIZE);
    world.press("/");
    world.type_in("deployment");
    world.press("enter");
    assert_eq!(world.screen.focus, Focus::Seat(4));
    world.press("/");
    world.type_in("scalab");
    world.press("enter !");
    assert_eq!(world.asked(), order(Command::Force { agent: AgentId(7) }));
}

#[test]
fn on_a_small_screen_a_question_takes_the_focus_unless_the_person_is_busy() {
    let mut world = World::new((80, 24));
    for agent in 0..5 {
        world.start(agent, 1);
    }
    world.wait(10);
    let ask = |world: &mut World, agent: usize| {
        world.take(Record::AskOpened {
            id: format!("q{agent}"),
            agent: world.name(agent),
            attempt: 1,
            kind: "permission".to_owned(),
            text: "may it?".to_owned(),
            until: world.wall(),
            after_s: 60.0,
        });
    };
    ask(&mut world, 3);
    assert_eq!(world.screen.focus, Focus::Seat(3));
    world.urgent(1, quintet::scheduler::Severity::High, "a key is in the repository", None);
    assert_eq!((world.screen.focus, world.screen.in_sight()), (Focus::Seat(3), Focus::Feed));
    world.press("3");
    ask(&mut world, 4);
    assert_eq!(world.screen.focus, Focus::Seat(2));
}

#[test]
fn an_idle_screen_changes_once_a_second_and_a_finished_one_never() {
    let mut world = World::busy(SIZE);
    let next = world.screen.next_change(&world.run, world.now).expect("clocks tick");
    assert_eq!(next.since(world.now), Duration::from_secs(1));
    world = World::ended(SIZE);
    world.wait(60);
    assert_eq!(world.screen.next_change(&world.run, world.now), None);
}

#[test]
fn the_help_names_every_action() {
    let mut world = World::busy((200, 100));
    world.press("?");
    let shown = world.shown();
    for action in Action::ALL {
        let help = action.spec().help;
        let begin: String = help.chars().take(40).collect();
        assert!(shown.contains(&begin), "{help}");
    }
}

#[test]
fn the_key_table_for_the_readme_has_a_row_an_action() {
    let table = KeyMap::default().markdown();
    for action in Action::ALL {
        assert!(table.contains(action.spec().help), "{action:?}");
    }
}
