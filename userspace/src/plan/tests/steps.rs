//! The difference does what it says, in its order, and nothing besides.

use proptest::prelude::*;

use super::{Step, apply, diff, random::any_tables};

/// Where a step stands in the order: puts, what is named first; then deletions, what is named last.
fn rank(step: &Step) -> u8 {
    match step {
        Step::PutNode(..) => 0,
        Step::PutVtep(..) => 1,
        Step::PutVni(..) => 2,
        Step::PutEndpoint(..) => 3,
        Step::PutAttachment(..) => 4,
        Step::PutNamespace(..) => 5,
        Step::PutMember(..) => 6,
        Step::PutHostAddress(..) => 7,
        Step::PutSource(_) => 8,
        Step::PutPublished(..) => 9,
        Step::PutBackend(..) => 10,
        Step::PutRing(..) => 11,
        Step::PutService(..) => 12,
        Step::PutIngress(..) => 13,
        Step::PutSettings(_) => 14,
        Step::DeleteIngress(_) => 15,
        Step::DeleteService(_) => 16,
        Step::DeleteBackend(_) => 17,
        Step::DeletePublished(_) => 18,
        Step::DeleteSource(_) => 19,
        Step::DeleteHostAddress(_) => 20,
        Step::DeleteMember(_) => 21,
        Step::DeleteNamespace(_) => 22,
        Step::DeleteAttachment(_) => 23,
        Step::DeleteEndpoint(_) => 24,
        Step::DeleteVni(_) => 25,
        Step::DeleteVtep(_) => 26,
        Step::DeleteNode(_) => 27,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn steps_turn_what_is_into_what_should_be(desired in any_tables(), observed in any_tables()) {
        let mut now = observed.clone();
        apply(&mut now, &diff(&desired, &observed));
        prop_assert_eq!(&now, &desired);
        prop_assert_eq!(diff(&desired, &now), vec![], "a second time there is nothing to do");
    }

    #[test]
    fn steps_stand_in_order(desired in any_tables(), observed in any_tables()) {
        let ranks: Vec<_> = diff(&desired, &observed).iter().map(rank).collect();
        prop_assert!(ranks.is_sorted(), "{:?}", ranks);
    }

    #[test]
    fn no_step_is_idle(desired in any_tables(), observed in any_tables()) {
        let mut now = observed.clone();
        for step in diff(&desired, &observed) {
            let before = now.clone();
            apply(&mut now, std::slice::from_ref(&step));
            prop_assert_ne!(&before, &now, "{:?}", step);
        }
    }
}
