//! An operation, killed at each of its steps.

use causeway_lab::wait;

use super::{
    scene::{SOON, Scene},
    sight::{Sight, sees, until},
};

/// No operation has so many steps.
const MANY: u32 = 200;

/// One line for `causeway`, what has to be there before, and how it is made as it was before all that.
pub(crate) struct Operation {
    pub(crate) line: &'static str,
    pub(crate) before: &'static [&'static str],
    pub(crate) back: &'static [&'static str],
    /// Nothing is left of it in the end.
    pub(crate) ends: bool,
}

impl Operation {
    pub(crate) const fn new(line: &'static str) -> Self {
        Self { line, before: &[], back: &[], ends: false }
    }

    pub(crate) const fn after(self, before: &'static [&'static str]) -> Self {
        Self { before, ..self }
    }

    pub(crate) const fn back_by(self, back: &'static [&'static str]) -> Self {
        Self { back, ..self }
    }

    pub(crate) const fn that_ends(self) -> Self {
        Self { ends: true, ..self }
    }
}

/// Carries the operation out, killed at its first step, then at its second one, … until it survives. After
/// each death the next daemon has it wholly done or wholly undone, and the same line succeeds in the end.
pub(crate) fn enumerate(scene: &mut Scene, operation: &Operation) {
    let base = scene.see();
    scene.all(operation.before);
    let before = scene.see();
    scene.ok(operation.line);
    let after = if operation.ends { before.clone() } else { scene.see() };
    until(scene, operation.line, &[&after]);
    again(scene, operation, &before);
    let (mut finished, mut undone) = (0, 0);
    for number in 1..MANY {
        scene.arm(number);
        let Some(place) = killed(scene, operation.line, &after) else { break };
        scene.start();
        let what = format!("{}, killed at '{place}'", operation.line);
        if until(scene, &what, &[&before, &after]) == before {
            undone += 1;
        } else {
            finished += 1;
            again(scene, operation, &before);
        }
    }
    println!(
        "{}: killed at {} steps, {finished} times finished, {undone} times undone",
        operation.line,
        finished + undone
    );
    assert!(finished + undone > 0, "{}: no step is known", operation.line);
    scene.all(operation.back);
    until(scene, "all is as it was", &[&base]);
}

/// Runs the line; the step at which the daemon was killed, or none where it survived.
fn killed(scene: &Scene, line: &str, after: &Sight) -> Option<String> {
    let said = scene.say(line);
    let over = || Ok(scene.is_dead() || said.code == 0 && sees(scene) == Some(after.clone()));
    let waited = wait::until("it is done, or the daemon is dead", SOON, over);
    waited.unwrap_or_else(|error| panic!("{line}: {error:#}: {said:?}"));
    if scene.left() > 0 {
        scene.arm(0);
        assert_eq!((said.code, scene.is_dead()), (0, false), "{line}: {said:?}");
        return None;
    }
    scene.wait_for_death();
    Some(scene.place())
}

/// Makes all as it was before the operation.
fn again(scene: &Scene, operation: &Operation, before: &Sight) {
    if !operation.ends {
        scene.all(operation.back);
        scene.all(operation.before);
    }
    until(scene, &format!("before {}", operation.line), &[before]);
}
