//! Messages that are large: one end fills them, the other reads them.

use std::fmt::Write;
use std::hint::black_box;
use std::sync::Arc;

use super::Tally;
use super::crew::{self, End};
use crate::cells::{Content, Shape, World};
use crate::contest::{Fills, Job, Sample};
use crate::watch::{Fault, Pulse};

pub(crate) type Block = [u8; 4096];

/// Numbers in a text, digits of a number.
const TEXT: (u64, usize) = (8, 32);

/// A large message that says a number.
pub(crate) trait Large: Send + Sized + 'static {
    /// One that is filled then.
    fn new() -> Self;
    /// Makes one that was read fit to be filled again.
    fn renew(&mut self);
    fn fill(&mut self, value: u64);
    fn read(&self) -> u64;
}

impl Large for String {
    fn new() -> Self {
        String::with_capacity(TEXT.0 as usize * TEXT.1)
    }

    fn renew(&mut self) {
        self.clear();
    }

    #[inline]
    fn fill(&mut self, value: u64) {
        for k in 0..TEXT.0 {
            let number = value ^ k;
            write!(self, "{number:0width$}", width = TEXT.1).expect("a string takes everything");
        }
    }

    #[inline]
    fn read(&self) -> u64 {
        let text = black_box(self);
        let first = text.get(..TEXT.1).and_then(|digits| digits.parse().ok());
        let whole = text.len() == TEXT.0 as usize * TEXT.1;
        first.filter(|_| whole).unwrap_or(u64::MAX)
    }
}

impl Large for Block {
    fn new() -> Self {
        [0; 4096]
    }

    fn renew(&mut self) {}

    #[inline]
    fn fill(&mut self, value: u64) {
        let start = value.to_le_bytes();
        self.as_mut_slice().fill(start[0]);
        self[..start.len()].copy_from_slice(&start);
    }

    #[inline]
    fn read(&self) -> u64 {
        let [start @ .., last] = black_box(self);
        let (start, _) = start.split_first_chunk().expect("it is long");
        let value = u64::from_le_bytes(*start);
        if *last == start[0] { value } else { u64::MAX }
    }
}

pub(crate) fn run<C: Fills<String> + Fills<Block>>(
    job: &Job,
    pulse: &Arc<Pulse>,
) -> Result<Sample, Fault> {
    match job.cell.shape {
        Shape::Fill {
            content: Content::Text,
        } => stream::<C, String>(job, pulse),
        _ => stream::<C, Block>(job, pulse),
    }
}

fn stream<C: Fills<T>, T>(job: &Job, pulse: &Arc<Pulse>) -> Result<Sample, Fault> {
    let Job { cell, count } = *job;
    let parks = cell.world == World::Threads;
    let capacity = cell.capacity.bound().expect("they all have one");
    let (mut tx, mut rx) = C::open(capacity);
    let sender: End = Box::pin(async move {
        let tally = Tally::begin();
        for value in 0..count {
            let sent = if parks {
                C::wait_to_fill(&mut tx, value)
            } else {
                C::fill(&mut tx, value).await
            };
            if !sent {
                break;
            }
        }
        tally
    });
    let receiver: End = Box::pin({
        let pulse = Arc::clone(pulse);
        async move {
            let mut tally = Tally::begin();
            while tally.got < count && pulse.beat(tally.got) {
                let value = if parks {
                    C::wait_to_read(&mut rx)
                } else {
                    C::read(&mut rx).await
                };
                let Some(value) = value else { break };
                tally.take(value);
            }
            tally.done()
        }
    });
    let tallies = crew::run(cell.world, pulse, vec![sender, receiver])?;
    Tally::of_all(tallies).sample(count, &[], pulse)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said<T: Large>() {
        let mut message = T::new();
        for value in [0, 7, 1 << 40] {
            message.renew();
            message.fill(value);
            assert_eq!(message.read(), value);
        }
    }

    #[test]
    fn what_is_filled_is_read() {
        said::<String>();
        said::<Block>();
        let mut text = <String as Large>::new();
        text.fill(1);
        assert_eq!(text.len(), 256);
        text.fill(1);
        assert_eq!(text.read(), u64::MAX, "it was not renewed");
    }
}
