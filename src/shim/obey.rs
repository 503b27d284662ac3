//! What each order does to the tree.

use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::ending::Ending;
use super::folder::Reason;
use super::life::Life;
use super::orders::{Given, Orders};
use super::protocol::{Say, ShimOrder};
use super::{processes, tree};

impl Life {
    /// Looks into the folder for orders and input, and carries them out.
    pub(super) fn look(&mut self) {
        for given in self.orders.look() {
            self.take(given);
        }
        self.feed.copy();
    }

    /// Takes an order that could not be written to `ctl`.
    pub(super) fn take_order(&mut self, line: &str) {
        Orders::parse(line).into_iter().for_each(|given| self.take(given));
        self.look();
    }

    fn take(&mut self, given: Given) {
        let ok = given.order.is_some_and(|order| self.obey(order));
        self.orders.acknowledge(given.seq, ok);
        self.company.say(&Say::Done { seq: given.seq, ok });
    }

    /// Carries out one order. Returns whether it could be.
    fn obey(&mut self, order: ShimOrder) -> bool {
        match order {
            ShimOrder::Stop => self.freeze(),
            ShimOrder::Cont => {
                self.thaw();
                true
            }
            ShimOrder::Int => self.signal_agent(Signal::INT),
            ShimOrder::Term => {
                let was_there = self.signal_agent(Signal::TERM);
                // A stopped process does not hear it before it continues.
                self.thaw();
                was_there
            }
            ShimOrder::Kill => {
                self.blame(Reason::Killed);
                if !matches!(self.ending, Ending::Killing { .. }) {
                    self.ending = Ending::kill(Instant::now());
                }
                true
            }
            ShimOrder::Limit(limit) => {
                self.limit = limit;
                true
            }
            ShimOrder::Policy(policy) => {
                self.policy = policy;
                true
            }
            ShimOrder::CloseInput => {
                self.feed.end();
                true
            }
        }
    }

    fn freeze(&mut self) -> bool {
        if self.ending != Ending::Not || self.status.is_some() {
            return false;
        }
        let stands = tree::freeze();
        self.clock.freeze(Instant::now());
        stands
    }

    /// Signals the agent's process group, where wrappers like npx keep the real agent; sessions that it made for its
    /// tools are left alone, so that it can bring its work in order.
    fn signal_agent(&self, signal: Signal) -> bool {
        let Some(agent) = Pid::from_raw(self.agent).filter(|_| self.status.is_none()) else {
            return false;
        };
        let group = kill_process_group(agent, signal);
        let has_left_group = processes::stat(self.agent).is_some_and(|stat| stat.group != self.agent);
        if has_left_group || group.is_err() { kill_process(agent, signal).is_ok() } else { true }
    }
}
