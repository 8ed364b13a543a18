//! The intrusive lists of waiting operations.
//!
//! A node lies inside the pinned operation that waits, so that waiting never allocates, and it
//! never points at the channel. All fields but the state are guarded by the lock of the lists that
//! the node is in; the state is what the owner looks at without the lock.
//!
//! | state | set by | means | the owner may |
//! |---|---|---|---|
//! | `Idle` | owner | in no list | do anything |
//! | `Queued` | owner, under the lock | in a list | only withdraw, under the lock |
//! | `Woken` | puller, under the lock | in a list, told that it may claim | claim or withdraw, under the lock |
//! | `Done` | puller, under the lock; owner, for what it did itself | in no list, served | do anything |
//! | `Closed` | closer, under the lock | in no list, the channel is closed | do anything |
//!
//! A receive that is `Woken` has left its list: it looks, or else tells another.
//!
//! Whoever moves a node to `Done` or `Closed`, or a receive to `Woken`, does so as its last access: the owner may be gone in
//! the next instant.

use core::marker::PhantomPinned;
use core::mem::MaybeUninit;
use core::ptr;
use core::task::Waker;

use super::batch::WakeBatch;
use super::group::{Arm, Group};
use crate::sync::{AtomicU8, Ordering, UnsafeCell};

/// See the table in the module's docs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    Idle,
    Queued,
    Woken,
    Done,
    Closed,
}

/// What a node waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// To have `left` messages taken, the first of which lies at the node's `data`.
    Send { left: usize },
    /// To be told that this many permits are free.
    Permits(usize),
    /// To be handed one message, which goes to the node's `data`; where that is null, to be told that
    /// there may be one.
    Message,
    /// To be told that there may be a message, beside who is told to receive it: an observer.
    Sight,
    /// To be told that everything before this position has been received.
    Received(u64),
    /// To be told of the end.
    End,
    /// To be told of whatever happens after this round of a crowd.
    News(u64),
}

fn parts(arm: Option<Arm<'_>>) -> (*const Group, u32) {
    arm.map_or((ptr::null(), 0), |arm| {
        (ptr::from_ref(arm.group), arm.index)
    })
}

/// A waiting operation's place in a list.
#[derive(Debug)]
pub(crate) struct Node {
    state: AtomicU8,
    /// Written by `prepare`, before the node enters a list: most operations never get there. It
    /// holds no waker when the node is in no list, so that nothing is left to drop.
    guarded: UnsafeCell<MaybeUninit<Guarded>>,
    _pin: PhantomPinned,
}

/// What only the holder of the lock touches while the node is in a list.
#[derive(Debug)]
struct Guarded {
    next: *const Node,
    prev: *const Node,
    waker: Option<Waker>,
    demand: Demand,
    data: *mut (),
    /// The wait over several operations that this one is an arm of, and which arm.
    group: *const Group,
    arm: u32,
}

impl Node {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        let mut node = MaybeUninit::<Self>::uninit();
        let new = node.as_mut_ptr();
        // SAFETY: the state is written; what it guards may be anything at first (under loom the
        // cell has something to initialise). As a constant the whole would be copied.
        unsafe {
            (&raw mut (*new).state).write(AtomicU8::new(State::Idle as u8));
            if cfg!(waterway_loom) {
                (&raw mut (*new).guarded).write(UnsafeCell::new(MaybeUninit::uninit()));
            }
            node.assume_init()
        }
    }

    #[inline]
    pub(crate) fn state(&self) -> State {
        // ORDERING: Acquire pairs with the Release in `set_state`: an owner that sees Done or
        // Closed sees what became of its message, and that nobody touches the node any more.
        let state = self.state.load(Ordering::Acquire);
        // SAFETY: nothing but a State is ever stored there, by `new` and `set_state`.
        unsafe { core::mem::transmute::<u8, State>(state) }
    }

    #[inline]
    pub(crate) fn set_state(&self, state: State) {
        // ORDERING: Release pairs with the Acquire in `state`.
        self.state.store(state as u8, Ordering::Release);
    }

    pub(crate) fn is_linked(&self) -> bool {
        matches!(self.state(), State::Queued | State::Woken)
    }

    /// Says what the node is going to wait for, as an arm of `group` if there is one.
    ///
    /// # Safety
    /// The caller owns the node, which is in no list.
    pub(crate) unsafe fn prepare(&self, demand: Demand, data: *mut (), arm: Option<Arm<'_>>) {
        let (group, arm) = parts(arm);
        self.guarded.with_mut(|guarded| {
            // SAFETY: exclusive by the caller's promise.
            unsafe { &mut *guarded }.write(Guarded {
                next: ptr::null(),
                prev: ptr::null(),
                waker: None,
                demand,
                data,
                group,
                arm,
            });
        });
    }

    /// Makes the node an arm, or none.
    ///
    /// # Safety
    /// The caller holds the lock, and the node was prepared; the group, if any, outlives the node's stay in
    /// the list, or its being an arm.
    pub(crate) unsafe fn join(&self, arm: Option<Arm<'_>>) {
        let (group, arm) = parts(arm);
        self.guarded.with_mut(|guarded| {
            // SAFETY: exclusive and prepared by the caller's promise.
            let guarded = unsafe { (*guarded).assume_init_mut() };
            (guarded.group, guarded.arm) = (group, arm);
        });
    }

    /// Changes what is left of what the node waits for.
    ///
    /// # Safety
    /// The caller holds the lock, and the node was prepared.
    pub(crate) unsafe fn update(&self, demand: Demand, data: *mut ()) {
        self.guarded.with_mut(|guarded| {
            // SAFETY: exclusive and prepared by the caller's promise.
            let guarded = unsafe { (*guarded).assume_init_mut() };
            guarded.demand = demand;
            guarded.data = data;
        });
    }

    /// # Safety
    /// The caller holds the lock, or owns the node while it is in no list; it was prepared.
    pub(crate) unsafe fn demand(&self) -> (Demand, *mut ()) {
        self.guarded.with(|guarded| {
            // SAFETY: prepared, and nobody writes while the caller holds the lock.
            let guarded = unsafe { (*guarded).assume_init_ref() };
            (guarded.demand, guarded.data)
        })
    }

    /// Puts another waker in; the old one is to be dropped outside the lock.
    ///
    /// # Safety
    /// The caller holds the lock.
    pub(crate) unsafe fn replace_waker(&self, waker: Option<Waker>) -> Option<Waker> {
        self.guarded.with_mut(|guarded| {
            // SAFETY: prepared, and exclusive while the caller holds the lock.
            core::mem::replace(unsafe { &mut (*guarded).assume_init_mut().waker }, waker)
        })
    }

    /// Whether waking this node would wake `waker`'s task.
    ///
    /// # Safety
    /// The caller holds the lock.
    pub(crate) unsafe fn will_wake(&self, waker: &Waker) -> bool {
        // SAFETY: passed on.
        unsafe { self.has_waker(|own| own.will_wake(waker)) }
    }

    /// Whether the node has a waker of which something is true.
    ///
    /// # Safety
    /// The caller holds the lock.
    pub(crate) unsafe fn has_waker(&self, is: impl FnOnce(&Waker) -> bool) -> bool {
        self.guarded.with(|guarded| {
            // SAFETY: nobody writes while the caller holds the lock.
            let own = unsafe { (*guarded).assume_init_ref() }.waker.as_ref();
            own.is_some_and(is)
        })
    }

    /// Whether the node waits for itself alone, not as an arm.
    ///
    /// # Safety
    /// The caller holds the lock; the node was prepared.
    pub(crate) unsafe fn is_single(&self) -> bool {
        // SAFETY: prepared, and nobody writes while the caller holds the lock.
        self.guarded
            .with(|guarded| unsafe { (*guarded).assume_init_ref() }.group.is_null())
    }

    /// Whether the node is an arm of a wait that another arm has ended: nobody will serve it.
    ///
    /// # Safety
    /// As for [`claim`](Self::claim).
    pub(crate) unsafe fn is_lost(&self) -> bool {
        let (group, arm) = self.guarded.with(|guarded| {
            // SAFETY: prepared, and nobody writes while the caller holds the lock.
            let guarded = unsafe { (*guarded).assume_init_ref() };
            (guarded.group, guarded.arm)
        });
        // SAFETY: alive by the caller's promise.
        unsafe { group.as_ref() }.is_some_and(|group| group.is_lost(arm))
    }

    /// Whether this puller may serve the node: yes unless it is an arm of a wait that another arm
    /// has ended.
    ///
    /// # Safety
    /// The caller holds the lock; the group, if any, outlives the node's stay in the list.
    pub(crate) unsafe fn claim(&self) -> bool {
        let (group, arm) = self.guarded.with(|guarded| {
            // SAFETY: prepared, and nobody writes while the caller holds the lock.
            let guarded = unsafe { (*guarded).assume_init_ref() };
            (guarded.group, guarded.arm)
        });
        // SAFETY: alive by the caller's promise.
        unsafe { group.as_ref() }.is_none_or(|group| group.claim(arm))
    }

    fn links<R>(&self, f: impl FnOnce(&mut *const Node, &mut *const Node) -> R) -> R {
        self.guarded.with_mut(|guarded| {
            // SAFETY: `List` calls this under the lock only, for prepared nodes that are in it or
            // enter it.
            let guarded = unsafe { (*guarded).assume_init_mut() };
            f(&mut guarded.prev, &mut guarded.next)
        })
    }
}

/// Has another waker woken for a node that may be in a list, whose lock this is; says whether it is.
pub(crate) fn renew<G>(lock: impl Fn() -> G, node: &Node, waker: &Waker) -> bool {
    if !node.is_linked() {
        return false;
    }
    let lists = lock();
    // SAFETY: the lock is held, and a node in a list is prepared.
    if !node.is_linked() || unsafe { node.will_wake(waker) } {
        return node.is_linked();
    }
    drop(lists);
    let waker = waker.clone();
    let lists = lock();
    let is_linked = node.is_linked();
    let unused = if is_linked {
        // SAFETY: the lock is held.
        unsafe { node.replace_waker(Some(waker)) }
    } else {
        Some(waker)
    };
    drop(lists);
    drop(unused);
    is_linked
}

/// Takes a node out of the list that it may be in, whose lock this is: after that nobody touches it or its data.
///
/// `remove` unlinks it and gives its waker, and does what follows from that under the lock.
pub(crate) fn withdraw<G>(
    lock: impl FnOnce() -> G,
    node: &Node,
    remove: impl FnOnce(&mut G) -> Option<Waker>,
) {
    if !node.is_linked() {
        return;
    }
    let mut lists = lock();
    if !node.is_linked() {
        return;
    }
    let waker = remove(&mut lists);
    node.set_state(State::Idle);
    drop(lists);
    drop(waker);
}

/// A node that may be in a list, whose lock this is, is this arm of a wait over several operations, whose owner looks;
/// or none any more.
pub(crate) fn join<G>(lock: impl FnOnce() -> G, node: &Node, arm: Option<Arm<'_>>) {
    let lists = lock();
    if node.is_linked() {
        // SAFETY: the lock is held; the group's owner has the node leave before it goes.
        unsafe { node.join(arm) };
    }
    drop(lists);
}

/// A first-in first-out list of nodes, guarded by the lock that it lies under. It ends with null
/// where it goes forward; where it goes back, the last comes before the first.
#[derive(Debug)]
pub(crate) struct List {
    first: *const Node,
}

// SAFETY: the list only holds pointers; they are followed under the lock, by `unsafe` methods whose
// callers promise that the nodes are alive.
unsafe impl Send for List {}

impl List {
    pub(crate) const fn new() -> Self {
        Self { first: ptr::null() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_null()
    }

    pub(crate) fn first(&self) -> Option<*const Node> {
        (!self.first.is_null()).then_some(self.first)
    }

    /// Whether nobody in the list will ever be served: all are arms of waits that other arms have ended. The caller
    /// holds the lock.
    pub(crate) fn is_lost(&self) -> bool {
        // SAFETY: the lock is held, and a group outlives its nodes' stay in a list.
        self.all(|node| unsafe { node.is_lost() })
    }

    /// Whether something is true of every node. The caller holds the lock.
    pub(crate) fn all(&self, mut f: impl FnMut(&Node) -> bool) -> bool {
        let mut next = self.first();
        while let Some(node) = next {
            // SAFETY: a node in the list is alive.
            if !f(unsafe { &*node }) {
                return false;
            }
            // SAFETY: it is in this list.
            next = unsafe { self.after(node) };
        }
        true
    }

    /// Whether this node is in the list, and no other. The caller holds the lock.
    pub(crate) fn is_alone(&self, node: *const Node) -> bool {
        // SAFETY: it is in this list.
        ptr::eq(self.first, node) && unsafe { self.after(node) }.is_none()
    }

    /// How many nodes there are: counted one by one. The caller holds the lock.
    pub(crate) fn len(&self) -> usize {
        let mut count = 0;
        self.all(|_| {
            count += 1;
            true
        });
        count
    }

    /// # Safety
    /// `node` is in this list, and the caller holds its lock.
    pub(crate) unsafe fn after(&self, node: *const Node) -> Option<*const Node> {
        // SAFETY: a node in the list is alive.
        let next = unsafe { &*node }.links(|_, next| *next);
        (!next.is_null()).then_some(next)
    }

    /// Puts a node at the end.
    ///
    /// # Safety
    /// The node is prepared and in no list, the caller holds the lock, and the node stays where it is and alive
    /// until it has been removed.
    pub(crate) unsafe fn push(&mut self, node: *const Node) {
        // SAFETY: alive by the caller's promise, and so are the nodes in the list.
        unsafe {
            let last = match self.first.as_ref() {
                None => {
                    self.first = node;
                    node
                }
                Some(first) => {
                    let last = first.links(|prev, _| core::mem::replace(prev, node));
                    (*last).links(|_, next| *next = node);
                    last
                }
            };
            (*node).links(|prev, next| {
                *prev = last;
                *next = ptr::null();
            });
            (*node).set_state(State::Queued);
        }
    }

    /// Puts a node before all others.
    ///
    /// # Safety
    /// As for [`push`](Self::push).
    pub(crate) unsafe fn push_front(&mut self, node: *const Node) {
        // SAFETY: as for `push`. Going back the last comes before the first: so the new one, at the end, is
        // where it belongs already, but for the way forward.
        unsafe {
            self.push(node);
            if !ptr::eq(self.first, node) {
                let last = (*node).links(|prev, next| {
                    *next = self.first;
                    *prev
                });
                (*last).links(|_, next| *next = ptr::null());
                self.first = node;
            }
        }
    }

    /// Takes a node out, and its waker with it. The state is the caller's to set, as its last
    /// access.
    ///
    /// # Safety
    /// The node is in this list, and the caller holds the lock.
    pub(crate) unsafe fn remove(&mut self, node: *const Node) -> Option<Waker> {
        // SAFETY: a node in the list is alive, and so are its neighbours.
        unsafe {
            let (before, behind) = (*node).links(|prev, next| (*prev, *next));
            if ptr::eq(self.first, node) {
                self.first = behind;
            } else {
                (*before).links(|_, next| *next = behind);
            }
            // Where there is none behind, the one before is the last now.
            if let Some(behind) = behind.as_ref().or(self.first.as_ref()) {
                behind.links(|prev, _| *prev = before);
            }
            (*node).replace_waker(None)
        }
    }
}

impl List {
    /// Moves nodes to the state that `verdict` has for them, as far as the batch has room; says how many. The caller
    /// holds the lock.
    pub(crate) fn pick(
        &mut self,
        batch: &mut WakeBatch,
        mut verdict: impl FnMut(Demand) -> Option<State>,
    ) -> usize {
        let mut picked = 0;
        let mut next = self.first();
        while let Some(node) = next {
            if !batch.has_room() {
                break;
            }
            // SAFETY: the lock is held and a node in the list is alive; setting its state is the
            // last access to it.
            unsafe {
                next = self.after(node);
                if let Some(state) = verdict((*node).demand().0) {
                    batch.add(self.remove(node));
                    (*node).set_state(state);
                    picked += 1;
                }
            }
        }
        picked
    }
}

#[cfg(all(test, not(waterway_loom)))]
mod tests {
    use super::*;

    fn order(list: &List) -> Vec<*const Node> {
        let mut found = Vec::new();
        let mut next = list.first();
        while let Some(node) = next {
            found.push(node);
            // SAFETY: the test's nodes outlive the list, and one thread holds everything.
            next = unsafe { list.after(node) };
        }
        found
    }

    #[test]
    fn keeps_order_whatever_is_removed() {
        for gone in 0..3 {
            let nodes = [Node::new(), Node::new(), Node::new()];
            let mut list = List::new();
            for node in &nodes {
                // SAFETY: the nodes outlive the list and do not move.
                unsafe {
                    node.prepare(Demand::End, ptr::null_mut(), None);
                    list.push(node);
                }
            }
            // SAFETY: the node is in the list.
            unsafe { list.remove(&nodes[gone]) };
            let rest: Vec<*const Node> = (0..3)
                .filter(|&i| i != gone)
                .map(|i| &raw const nodes[i])
                .collect();
            assert_eq!(order(&list), rest);
            for node in rest {
                // SAFETY: the node is in the list.
                unsafe { list.remove(node) };
            }
            assert!(list.is_empty());
        }
    }

    #[test]
    fn the_front_is_the_front() {
        let nodes = [Node::new(), Node::new(), Node::new(), Node::new()];
        let mut list = List::new();
        for (node, front) in nodes.iter().zip([true, false, true, false]) {
            // SAFETY: the nodes outlive the list and do not move.
            unsafe {
                node.prepare(Demand::End, ptr::null_mut(), None);
                if front {
                    list.push_front(node);
                } else {
                    list.push(node);
                }
            }
        }
        let mut expected: Vec<*const Node> = [2, 0, 1, 3].map(|i| &raw const nodes[i]).to_vec();
        assert_eq!((order(&list), list.len()), (expected.clone(), 4));
        for gone in [0, 2, 1, 0] {
            // SAFETY: the node is in the list.
            unsafe { list.remove(expected.remove(gone)) };
            assert_eq!(order(&list), expected);
        }
    }

    #[test]
    fn of_one_group_one_arm_is_served() {
        let group = Group::new();
        let (first, second, single) = (Node::new(), Node::new(), Node::new());
        // SAFETY: one thread holds everything.
        unsafe {
            first.prepare(
                Demand::End,
                ptr::null_mut(),
                Some(Arm {
                    group: &group,
                    index: 0,
                }),
            );
            second.prepare(
                Demand::End,
                ptr::null_mut(),
                Some(Arm {
                    group: &group,
                    index: 1,
                }),
            );
            single.prepare(Demand::End, ptr::null_mut(), None);
            assert!(second.claim());
            assert!(!first.claim(), "the other arm was served");
            assert!(second.claim(), "the same again, for the rest of a batch");
            assert!(single.claim() && single.claim(), "no group: always");
        }
    }
}
