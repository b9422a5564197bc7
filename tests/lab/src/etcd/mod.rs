//! etcd: the nodes' shared store. One member lives on the switch; of several each has a namespace and a
//! cable of its own, so that each can be cut off.

mod ask;
mod member;

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::{Layout, Netns, layout::address, switch, wait};

pub use member::Member;

/// How long members may take until they serve.
const SERVES: Duration = Duration::from_secs(20);

/// Makes the places of all members; nothing is started.
///
/// # Errors
/// If the kernel refuses.
pub fn create(layout: &Layout, on: &Netns) -> Result<Vec<Member>> {
    (1..=layout.members).map(|number| Ok(Member::new(layout, number, place(layout, on, number)?))).collect()
}

/// Finds them again.
pub fn find(layout: &Layout) -> Vec<Member> {
    (1..=layout.members)
        .filter_map(|number| {
            let mut member = Member::new(layout, number, Netns::open(&layout.member_netns(number)).ok()?);
            member.find();
            Some(member)
        })
        .collect()
}

fn place(layout: &Layout, on: &Netns, number: u8) -> Result<Netns> {
    if layout.members == 1 {
        return Netns::open(on.name());
    }
    let netns = Netns::create(&layout.member_netns(number))?;
    switch::connect(on, &netns, &format!("etcd{number}"), layout.member_number(number), layout.mtu)?;
    Ok(netns)
}

/// Starts those that do not run, and waits until all serve.
///
/// # Errors
/// If one cannot be started or does not serve within 20 seconds.
pub fn start(members: &mut [Member]) -> Result<()> {
    members.iter_mut().filter(|member| !member.runs()).try_for_each(Member::start)?;
    members.iter().try_for_each(|member| {
        let what = format!("etcd at {} serves", address(member.last()));
        wait::until(&what, SERVES, || Ok(member.leader().is_ok_and(|leader| leader != 0)))
    })
}

/// The position, from 0, of the member that the others follow.
///
/// # Errors
/// If none says so.
pub fn leader(members: &[Member]) -> Result<usize> {
    let known = members.iter().filter_map(|member| member.leader().ok()).find(|leader| *leader != 0);
    let leader = known.context("no member of etcd knows a leader")?;
    let own = |member: &Member| member.id().is_ok_and(|id| id == leader);
    members.iter().position(own).context("etcd's leader is none of its members")
}
