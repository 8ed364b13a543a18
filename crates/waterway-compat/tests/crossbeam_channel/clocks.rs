//! `after`, `at`, `tick`, `never`.

use std::thread;
use std::time::{Duration, Instant};

use super::support::{spawn_sleeper, together, wait_until, watchdog};
use super::sut::{Receiver, RecvTimeoutError, Select, TryRecvError, after, at, never, tick};
use super::{LIMIT, MOMENT};

#[test]
fn c_after_comes_once() {
    watchdog("c_after_comes_once", LIMIT, || {
        let start = Instant::now();
        assert_eq!(after(LIMIT).try_recv(), Err(TryRecvError::Empty));
        let receiver = after(MOMENT);
        let due = receiver.recv().unwrap();
        assert!(due >= start + MOMENT && Instant::now() >= due);
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        let never = receiver.recv_timeout(MOMENT);
        assert_eq!(never, Err(RecvTimeoutError::Timeout), "not disconnected");
    });
}

#[test]
fn c_at_gives_its_moment() {
    watchdog("c_at_gives_its_moment", LIMIT, || {
        let when = Instant::now() + MOMENT;
        assert_eq!(at(when).recv(), Ok(when));
        assert_eq!(at(when).try_recv(), Ok(when), "it has passed");
        let late = at(Instant::now() + LIMIT).recv_timeout(MOMENT);
        assert_eq!(late, Err(RecvTimeoutError::Timeout));
        let early = at(when).recv_deadline(when);
        assert_eq!(early, Ok(when));
    });
}

#[test]
fn c_clones_share_a_message() {
    watchdog("c_clones_share_a_message", LIMIT, || {
        let receiver = after(MOMENT);
        let got = together(4, |_| {
            let receiver = receiver.clone();
            receiver.recv_timeout(4 * MOMENT).is_ok()
        });
        assert_eq!(got.into_iter().filter(|&got| got).count(), 1);
        let receiver = tick(MOMENT);
        let times = together(3, |_| receiver.recv().unwrap());
        assert!(times[0] != times[1] && times[1] != times[2] && times[0] != times[2]);
    });
}

#[test]
fn c_numbers_of_clocks() {
    let receiver = at(Instant::now() + LIMIT);
    assert_eq!(
        (receiver.len(), receiver.is_empty(), receiver.is_full()),
        (0, true, false)
    );
    assert_eq!(receiver.capacity(), Some(1));
    let receiver = at(Instant::now());
    assert_eq!(
        (receiver.len(), receiver.is_empty(), receiver.is_full()),
        (1, false, true)
    );
    receiver.recv().unwrap();
    assert_eq!(
        (receiver.len(), receiver.is_empty(), receiver.is_full()),
        (0, true, false)
    );
    let receiver = tick(Duration::from_nanos(1));
    wait_until(|| !receiver.is_empty());
    assert_eq!(
        (receiver.len(), receiver.is_full(), receiver.capacity()),
        (1, true, Some(1))
    );
    let receiver = never::<u8>();
    assert_eq!(
        (receiver.len(), receiver.is_empty(), receiver.is_full()),
        (0, true, true)
    );
    assert_eq!(receiver.capacity(), Some(0));
}

#[test]
fn c_tick_keeps_time() {
    watchdog("c_tick_keeps_time", LIMIT, || {
        let start = Instant::now();
        let receiver = tick(MOMENT);
        let times: Vec<_> = receiver.iter().take(4).collect();
        assert!(times[0] >= start + MOMENT);
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= MOMENT));
        // Those that nobody received are left out.
        thread::sleep(4 * MOMENT);
        let then = Instant::now();
        receiver.try_recv().unwrap();
        let left = receiver.try_iter().count();
        // On a busy machine there is time for more.
        let most = then.elapsed().as_micros() / MOMENT.as_micros() + 1;
        assert!(left as u128 <= most, "{left} of 4");
    });
}

/// The time of a tick does not depend on when it was received, as long as it was in time.
#[test]
fn c_tick_does_not_drift() {
    watchdog("c_tick_does_not_drift", LIMIT, || {
        let period = Duration::from_millis(20);
        let receiver = tick(period);
        let mut exact = 0;
        let mut last = receiver.recv().unwrap();
        for _ in 0..10 {
            let next = receiver.recv().unwrap();
            exact += u32::from(next - last == period);
            last = next;
        }
        assert!(exact > 0, "on a machine that is not hopelessly busy");
    });
}

#[test]
fn c_extreme_clocks() {
    for receiver in [after(Duration::MAX), tick(Duration::MAX)] {
        let late = receiver.recv_timeout(MOMENT);
        assert_eq!(late, Err(RecvTimeoutError::Timeout));
        assert!(
            receiver.same_channel(&never()),
            "it is one that never comes"
        );
    }
    let receiver = tick(Duration::ZERO);
    assert!(receiver.recv().is_ok() && receiver.recv().is_ok());
    assert!(after(Duration::ZERO).recv().is_ok());
}

#[test]
fn c_never_comes() {
    watchdog("c_never_comes", LIMIT, || {
        let receiver: Receiver<u8> = never();
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        let start = Instant::now();
        let late = receiver.recv_timeout(MOMENT);
        assert_eq!(late, Err(RecvTimeoutError::Timeout));
        let late = receiver.recv_deadline(Instant::now() + MOMENT);
        assert_eq!(late, Err(RecvTimeoutError::Timeout));
        assert!(start.elapsed() >= 2 * MOMENT);
        assert_eq!(receiver.try_iter().next(), None);
        let mut select = Select::new();
        select.recv(&receiver);
        assert!(select.try_select().is_err() && select.select_timeout(MOMENT).is_err());
        assert!(select.try_ready().is_err() && select.ready_timeout(MOMENT).is_err());
    });
}

#[test]
fn c_clocks_are_selected() {
    watchdog("c_clocks_are_selected", LIMIT, || {
        let when = Instant::now() + MOMENT;
        let (once, ticks, late) = (at(when), tick(2 * MOMENT), after(LIMIT));
        let mut select = Select::new();
        let first = select.recv(&once);
        select.recv(&late);
        let operation = select.select();
        assert_eq!(operation.index(), first);
        assert_eq!(operation.recv(&once), Ok(when));
        let second = select.recv(&ticks);
        for _ in 0..3 {
            let operation = select.select();
            assert_eq!(operation.index(), second);
            assert!(operation.recv(&ticks).is_ok());
        }
        assert_eq!(select.ready(), second);
        assert!(ticks.try_recv().is_ok());
    });
}

/// A tick goes to one of those who wait for it.
#[test]
fn c_selects_share_a_clock() {
    watchdog("c_selects_share_a_clock", LIMIT, || {
        let receiver = after(MOMENT);
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let receiver = receiver.clone();
                spawn_sleeper(move || {
                    let mut select = Select::new();
                    select.recv(&receiver);
                    let operation = select.select_timeout(6 * MOMENT);
                    operation.is_ok_and(|operation| operation.recv(&receiver).is_ok())
                })
            })
            .collect();
        let got = threads
            .into_iter()
            .filter(|_| true)
            .map(|thread| thread.join());
        assert_eq!(got.filter(|&got| got).count(), 1);
    });
}
