use super::*;

const GRACE: Duration = Duration::from_secs(7);
const STEP: Duration = Duration::from_millis(100);

/// A node that looks again and again; the clock is its own.
struct Watch {
    rule: Rule,
    now: Instant,
    others: [Id; 3],
}

impl Watch {
    fn begin() -> Self {
        let others = [1, 2, 3].map(|n| Id::parse(&format!("{n:064x}")).expect("an id"));
        Self { rule: Rule::new(GRACE, BTreeSet::new()), now: Instant::now(), others }
    }

    /// So much time passes in which the others' signs of life are there or not; who counts as silent.
    fn pass(&mut self, millis: u64, trusted: bool, there: [bool; 3]) -> Vec<usize> {
        let end = self.now + Duration::from_millis(millis);
        while self.now < end {
            self.now += STEP;
            let missed =
                self.others.iter().zip(there).filter(|(_, there)| !there).map(|(id, _)| id).collect();
            self.rule.look(self.now, &Seen { trusted, missed });
        }
        (0..3).filter(|n| self.rule.silent().contains(&self.others[*n])).collect()
    }
}

const ALL: [bool; 3] = [true; 3];
const NONE: [bool; 3] = [false; 3];
const NOT_0: [bool; 3] = [false, true, true];

#[test]
fn who_is_missed_for_a_second_is_silent_until_it_is_there_again() {
    let mut watch = Watch::begin();
    assert!(watch.pass(10_000, true, ALL).is_empty());
    assert!(watch.pass(1_000, true, NOT_0).is_empty());
    assert_eq!(watch.pass(200, true, NOT_0), [0]);
    assert!(watch.pass(100, true, ALL).is_empty(), "it counts at once");
    // A lease that was lost and is taken anew at once.
    assert!(watch.pass(900, true, NOT_0).is_empty());
    assert!(watch.pass(100, true, ALL).is_empty());
    assert!(watch.pass(900, true, NOT_0).is_empty(), "each time counts for itself");
}

#[test]
fn nobody_is_silent_within_the_grace_after_the_store_was_away() {
    let mut watch = Watch::begin();
    watch.pass(60_000, true, ALL);
    assert!(watch.pass(60_000, false, ALL).is_empty());
    // It is back, without any lease but our own.
    assert!(watch.pass(6_900, true, NONE).is_empty());
    assert!(watch.pass(100, true, [false, true, false]).is_empty());
    assert_eq!(watch.pass(100, true, [false, true, true]), [0], "absent for longer than the grace");
}

#[test]
fn a_connection_that_was_lost_and_is_back_between_two_looks_is_no_less_lost() {
    let mut watch = Watch::begin();
    watch.pass(60_000, true, ALL);
    watch.rule.distrust();
    assert!(watch.pass(6_900, true, NONE).is_empty());
}

#[test]
fn a_store_that_loses_all_leases_takes_nobody_out() {
    let mut watch = Watch::begin();
    watch.pass(60_000, true, ALL);
    // One after the other, the own one last.
    assert!(watch.pass(400, true, NOT_0).is_empty());
    assert!(watch.pass(500, true, NONE).is_empty());
    assert!(watch.pass(1_000, false, NONE).is_empty());
    // The own one is there again, the others' follow.
    assert!(watch.pass(3_000, true, NONE).is_empty());
    assert!(watch.pass(60_000, true, ALL).is_empty());
}

#[test]
fn without_an_own_sign_of_life_nobody_is_judged() {
    let mut watch = Watch::begin();
    assert!(watch.pass(600_000, false, NONE).is_empty());
}

#[test]
fn who_is_known_to_be_silent_stays_so_while_nothing_is_known() {
    let mut watch = Watch::begin();
    watch.pass(10_000, true, ALL);
    assert_eq!(watch.pass(2_000, true, NOT_0), [0]);
    assert_eq!(watch.pass(5_000, false, NOT_0), [0]);
    assert_eq!(watch.pass(5_000, true, NOT_0), [0]);
    assert!(watch.pass(100, false, ALL).is_empty());
}

#[test]
fn it_says_when_to_look_again() {
    let mut watch = Watch::begin();
    let begun = watch.now;
    let (one, two) = (watch.others[0].clone(), watch.others[1].clone());
    let mut look = |at: u64, missed: &[&Id]| {
        let seen = Seen { trusted: true, missed: missed.iter().copied().collect() };
        let again = watch.rule.look(begun + Duration::from_millis(at), &seen);
        again.map(|again| again.duration_since(begun).as_millis())
    };
    assert_eq!(look(0, &[]), None);
    assert_eq!(look(1_000, &[&one]), Some(7_000));
    assert_eq!(look(6_500, &[&one, &two]), Some(7_000));
    assert_eq!(look(7_000, &[&one, &two]), Some(7_500));
    assert_eq!(look(7_500, &[&one, &two]), None);
}
