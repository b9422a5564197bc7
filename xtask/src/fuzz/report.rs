//! What came of the runs, as a table; and of findings, how to see them again.

use std::path::Path;

use super::course::{Course, End};

/// Prints both.
pub(super) fn print(courses: &[Course], programs: &Path) {
    println!("\n{:<12} {:>12} {:>10} {:>8}   RESULT", "TARGET", "EXECUTIONS", "A SECOND", "CORPUS");
    for Course { target, executions, a_second, end } in courses {
        let result = if matches!(end, End::Good) { "good" } else { "FINDING" };
        println!("{:<12} {executions:>12} {a_second:>10} {:>8}   {result}", target.name, target.inputs());
    }
    courses.iter().filter_map(|course| finding(course, programs)).for_each(|text| println!("\n{text}"));
}

/// What was found, how to see it again, and how to keep it.
fn finding(course: &Course, programs: &Path) -> Option<String> {
    let End::Finding(input, words) = &course.end else { return None };
    let name = &course.target.name;
    let Some(input) = input else {
        return Some(format!("{name} ended without an input; {} says more", course.target.log().display()));
    };
    let (program, input, kept) = (programs.join(name), input.display(), course.target.kept());
    Some(format!(
        "{name}: {words}\n  input      {input}\n  again      {} {input}\n  keep it    mv {input} {}/A-NAME-THAT-SAYS-WHAT",
        program.display(),
        kept.display()
    ))
}
