//! What a run may cost: who pays, the caps that hold where nobody set any, and those that no engine could keep.

use std::collections::{BTreeMap, BTreeSet};

use super::{AgentSetup, Origin, Problem, Setup};
use crate::engine::{Engine, Kind, known, tells_tokens};
use crate::plan::Agent;

/// US dollars that an agent and a run may cost on an API key, where nobody says otherwise.
const AGENT_CAP: f64 = 2.0;
const RUN_CAP: f64 = 20.0;

/// Who pays for the model calls of an agent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Account {
    /// No model is called, as far as Quintet knows.
    #[default]
    Free,
    /// A key in the environment: each call is billed.
    Key,
    /// The program's own login, as a rule a subscription: dollars are told and not billed.
    Login,
}

/// Finds out who pays for each agent, and caps what is billed and measured. `is_set` tells whether Quintet itself has a
/// variable, which agents inherit.
pub fn settle(setup: &mut Setup, is_set: impl Fn(&str) -> bool) {
    let all = known().into_iter().flat_map(|engine| keys(engine.kind)).chain(keys(Kind::Acp));
    setup.keys = all.copied().filter(|name| is_set(name)).collect();
    for own in &mut setup.agents {
        bill(own, &setup.keys);
    }
    cap_run(setup);
}

/// Caps the run where an agent is billed and measured and nobody said a cap.
pub fn cap_run(setup: &mut Setup) {
    if setup.agents.iter().any(is_capped) {
        setup.max_cost.get_or_insert(RUN_CAP);
    }
}

impl AgentSetup {
    /// Returns how an agent that is set up so is played by another engine: with the model and the account of that
    /// one, and the cap that goes with it. `inherited`: the keys that Quintet itself has.
    pub fn played_by(&self, engine: &Engine, inherited: &BTreeSet<&'static str>) -> AgentSetup {
        if engine.name == self.engine.name {
            return self.clone();
        }
        let mut own = AgentSetup { engine: engine.clone(), model: engine.model.clone(), ..self.clone() };
        bill(&mut own, inherited);
        own
    }
}

/// Returns the caps of an agent, and of the run for it, that its engine cannot keep: each would be a promise that nobody
/// keeps.
pub fn unkept(agent: &str, own: &AgentSetup, setup: &Setup) -> Vec<Problem> {
    let engine = &own.engine.name;
    let is_said = |from: Origin| from != Origin::Default;
    let mut problems = Vec::new();
    let mut problem = |cap: &str, why: String| problems.push(Problem { what: format!("{cap} of {agent}"), why });
    if (is_said(own.max_cost_from) || is_said(setup.max_cost_from)) && !own.engine.kind.tells_cost() {
        problem("max_cost", format!("engine {engine} does not tell what it costs"));
    }
    if (own.max_tokens.is_some() || setup.max_tokens.is_some()) && !tells_tokens(&own.engine) {
        let instead = match own.engine.kind {
            Kind::Codex => ", but with command = [\"codex\", \"app-server\"] it does",
            _ => "",
        };
        problem("max_tokens", format!("engine {engine} does not tell its tokens while it works{instead}"));
    }
    if own.max_turns.is_some() && !own.engine.kind.caps_turns() {
        problem("max_turns", format!("engine {engine} does not count its turns, Claude Code alone does"));
    }
    problems
}

/// Returns that calls will be billed, where nothing that the person confirmed before the run said so; `None`: nothing is
/// billed, or an agent of this engine was among what was confirmed.
pub fn unconfirmed(agent: &Agent, own: &AgentSetup, setup: &Setup) -> Option<String> {
    let engine = &own.engine.name;
    let is_known = setup.agents.iter().any(|it| it.account == Account::Key && it.engine.name == *engine);
    let most = match own.max_cost {
        Some(cap) => format!("at most ${cap:.2}"),
        None => "nothing caps it".to_owned(),
    };
    (own.account == Account::Key && !is_known)
        .then(|| format!("bill of {}: every call of engine {engine}, on an API key; {most}", agent.name))
}

/// Finds out who pays for an agent; where it is billed and measured and nobody said a cap, it gets one.
fn bill(own: &mut AgentSetup, inherited: &BTreeSet<&'static str>) {
    own.account = account(own, inherited);
    if own.max_cost_from == Origin::Default {
        own.max_cost = is_capped(own).then_some(AGENT_CAP);
    }
}

fn is_capped(own: &AgentSetup) -> bool {
    own.account == Account::Key && own.engine.kind.tells_cost()
}

fn account(own: &AgentSetup, inherited: &BTreeSet<&'static str>) -> Account {
    let has = |name: &&str| {
        let is_own = own.env.contains_key(*name) || own.engine.env.contains_key(*name);
        is_own || (!own.engine.env_clear && inherited.contains(name))
    };
    match own.engine.kind {
        Kind::Builtin | Kind::Command => Account::Free,
        kind if keys(kind).iter().any(has) => Account::Key,
        Kind::Claude | Kind::Codex | Kind::Gemini | Kind::Opencode | Kind::Acp => Account::Login,
    }
}

/// Returns the names of the engines that use the same account as this one, itself among them, as far as settings tell:
/// the same program with the same provider and the same variables of an account.
pub fn sharers(engine: &Engine, all: &BTreeMap<String, Engine>) -> Vec<String> {
    let shares = |other: &&Engine| other.name == engine.name || (engine.kind.is_llm() && same_account(engine, other));
    all.values().filter(shares).map(|other| other.name.clone()).collect()
}

fn same_account(one: &Engine, other: &Engine) -> bool {
    /// Where programs keep a login, and whom they call.
    const HOMES: [&str; 11] = [
        "ANTHROPIC_BASE_URL",
        "CLAUDE_CONFIG_DIR",
        "CODEX_HOME",
        "GEMINI_CLI_HOME",
        "GOOGLE_CLOUD_PROJECT",
        "GOOGLE_GEMINI_BASE_URL",
        "HOME",
        "OPENAI_BASE_URL",
        "OPENCODE_CONFIG_CONTENT",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
    ];
    let program = |engine: &Engine| match engine.kind {
        // The same launcher may start any of them.
        Kind::Acp => engine.command.clone(),
        _ => engine.command.iter().take(1).cloned().collect(),
    };
    // One program may call several providers, by the model's name or by a word of its own.
    let provider = |engine: &Engine| engine.model.as_ref()?.split_once('/').map(|(provider, _)| provider.to_owned());
    let chosen = |engine: &Engine| -> Vec<String> {
        engine.args.iter().filter(|arg| ["provider", "profile"].iter().any(|it| arg.contains(it))).cloned().collect()
    };
    let variables = || keys(one.kind).iter().chain(&HOMES);
    one.kind == other.kind
        && one.env_clear == other.env_clear
        && program(one) == program(other)
        && provider(one) == provider(other)
        && chosen(one) == chosen(other)
        && variables().all(|name| one.env.get(*name) == other.env.get(*name))
}

/// Returns the variables with which a program of this kind is billed by the call.
fn keys(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Builtin | Kind::Command => &[],
        Kind::Claude => {
            &["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX"]
        }
        Kind::Codex => &["OPENAI_API_KEY", "CODEX_API_KEY"],
        Kind::Gemini => &["GEMINI_API_KEY", "GOOGLE_API_KEY"],
        Kind::Opencode | Kind::Acp => {
            &["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY", "OPENROUTER_API_KEY"]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{self, Plan};
    use crate::settings::{File, Flags, merge, worst_case};

    fn setup(engine: &str, variable: Option<&str>) -> (Plan, Setup) {
        let text = "# Keys\n\n#### **1. a**\n- **MICRO-TASK**: x\n\n#### **2. b**\n- **MICRO-TASK**: y\n";
        let plan = plan::read(text).plan.expect("a plan");
        let flags = Flags { engine: Some(engine.to_owned()), ..Flags::default() };
        let mut setup = merge(&plan, &flags, &File::default(), &File::default()).expect("a setup");
        settle(&mut setup, |name| variable == Some(name));
        (plan, setup)
    }

    #[test]
    fn a_key_is_capped_and_a_subscription_is_not() {
        let (plan, keyed) = setup("claude", Some("ANTHROPIC_API_KEY"));
        assert_eq!((keyed.agents[0].max_cost, keyed.max_cost), (Some(2.0), Some(20.0)));
        let worst = worst_case(&plan, &keyed);
        assert_eq!((worst.attempts, worst.dollars, worst.untold), (6, Some(4.0), Some(12.0)));
        assert!(worst.is_billed());
        let more = worst_case(&plan, &Setup { successors: 5, ..keyed });
        assert_eq!((more.attempts, more.dollars, more.untold), (12, Some(4.0), Some(24.0)));
        let (plan, login) = setup("claude", None);
        assert_eq!((login.agents[0].max_cost, login.max_cost), (None, None));
        assert!(!worst_case(&plan, &login).is_billed());
        assert!(worst_case(&plan, &login).words(&login).contains("2 agents by claude, on the program's own login"));
    }

    #[test]
    fn what_the_person_said_stays() {
        let (_, mut keyed) = setup("claude", None);
        (keyed.agents[0].max_cost, keyed.agents[0].max_cost_from) = (Some(0.5), Origin::Agents);
        (keyed.max_cost, keyed.max_cost_from) = (Some(3.0), Origin::Flag);
        settle(&mut keyed, |_| true);
        assert_eq!((keyed.agents[0].max_cost, keyed.agents[1].max_cost), (Some(0.5), Some(2.0)));
        assert_eq!(keyed.max_cost, Some(3.0));
    }

    #[test]
    fn an_engine_that_tells_no_dollars_gets_no_cap_that_nobody_could_keep() {
        let (plan, keyed) = setup("codex", Some("OPENAI_API_KEY"));
        assert_eq!((keyed.agents[0].max_cost, keyed.max_cost), (None, None));
        let worst = worst_case(&plan, &keyed);
        assert_eq!((worst.dollars, worst.is_billed()), (None, true));
        assert!(worst.words(&keyed).contains("codex tells no dollars"));
    }

    #[test]
    fn a_cap_that_an_engine_cannot_measure_inside_a_turn_is_refused_at_the_start() {
        let server = "[engines.codex]\ncommand = [\"codex\", \"app-server\"]\n";
        for (engine, caps, refused) in [
            ("codex", "max_tokens = 9000\n", "max_tokens of a: engine codex does not tell its tokens while it works"),
            ("gemini", "[agents.a]\nmax_tokens = 9000\n", "max_tokens of a: engine gemini"),
            ("codex", &format!("max_tokens = 9000\n{server}"), ""),
            ("opencode", "max_tokens = 9000\nmax_cost = 3\n", ""),
            ("claude", "max_tokens = 9000\nmax_cost = 3\n[agents.a]\nmax_turns = 9\n", ""),
            ("opencode", "[agents.a]\nmax_turns = 9\n", "max_turns of a: engine opencode does not count its turns"),
            ("codex", "max_cost = 3\n", "max_cost of a: engine codex does not tell what it costs"),
        ] {
            let plan = plan::read("# Keys\n\n#### **1. a**\n- **MICRO-TASK**: x\n").plan.expect("a plan");
            let flags = Flags { engine: Some(engine.to_owned()), ..Flags::default() };
            let (project, _) = File::read("quintet.toml", caps).expect("settings");
            let problems = merge(&plan, &flags, &project, &File::default()).err().unwrap_or_default();
            let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
            assert_eq!(told.is_empty(), refused.is_empty(), "{engine}, {caps}: {told:?}");
            assert!(told.iter().all(|told| told.starts_with(refused)), "{engine}, {caps}: {told:?}");
        }
    }

    #[test]
    fn engines_share_an_account_by_their_program_and_its_variables() {
        let settings = r#"
            [engines.fast]
            kind = "claude"
            model = "small"
            [engines.other-login]
            kind = "claude"
            env = { CLAUDE_CONFIG_DIR = "/other" }
            [engines.elsewhere]
            kind = "opencode"
            model = "openai/x"
            [engines.opencode]
            model = "anthropic/x"
            [engines.steered]
            kind = "codex"
            command = ["codex", "app-server"]
            [engines.mine]
            kind = "command"
            command = ["./a.sh"]
            [engines.yours]
            kind = "command"
            command = ["./a.sh"]
        "#;
        let plan = plan::read("# Keys\n\n#### **1. a**\n- **MICRO-TASK**: x\n").plan.expect("a plan");
        let (project, _) = File::read("quintet.toml", settings).expect("settings");
        let setup = merge(&plan, &Flags::default(), &project, &File::default()).expect("a setup");
        let sharers = |name: &str| sharers(&setup.engines[name], &setup.engines).join(" ");
        assert_eq!(sharers("claude"), "claude fast");
        assert_eq!(sharers("other-login"), "other-login");
        assert_eq!(sharers("steered"), "codex steered");
        assert_eq!(sharers("opencode"), "opencode");
        assert_eq!(sharers("mine"), "mine");
    }

    #[test]
    fn the_analysts_cost_nothing() {
        let (plan, free) = setup("builtin", Some("ANTHROPIC_API_KEY"));
        assert_eq!(worst_case(&plan, &free).words(&free), "");
    }
}
