//! What the macros stand on. Not for others.

use core::future::Future;

use super::{Contender, Foreign, RaceOp};
use crate::op::Op;
use crate::op::race::{Arms, Racing};

/// What is to be an arm, an operation or another future: the call of `into_arm` chooses by what it is.
#[derive(Debug)]
pub struct Candidate<T>(pub Option<T>);

/// An operation is an arm as it is.
pub trait FromOperation {
    /// The arm.
    type Arm;
    /// Makes it one.
    fn into_arm(self) -> Self::Arm;
}

impl<C: Contender> FromOperation for Candidate<C> {
    type Arm = C;

    fn into_arm(self) -> C {
        self.0.expect("it is given away once")
    }
}

/// Any other future is wrapped up.
pub trait FromFuture {
    /// The arm.
    type Arm;
    /// Makes it one.
    fn into_arm(self) -> Self::Arm;
}

impl<F: Future> FromFuture for &mut Candidate<F> {
    type Arm = Foreign<F>;

    fn into_arm(self) -> Foreign<F> {
        Foreign(self.0.take().expect("it is given away once"))
    }
}

/// A race of those that are enabled.
pub fn race_enabled<R: Arms>(arms: R, biased: bool) -> RaceOp<R> {
    Op::new(Racing::new(arms, biased))
}

/// Whether none is.
pub fn is_empty<R: Arms>(race: &RaceOp<R>) -> bool {
    race.action_ref().is_empty()
}
