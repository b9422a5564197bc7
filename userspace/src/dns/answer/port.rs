//! Where a service's port is served (SRV, RFC 2782).

use hickory_proto::{
    op::Query,
    rr::{
        RData, Record, RecordType,
        rdata::{A, SRV},
    },
};

use super::Answer;
use crate::{
    dns::names::{Client, Port},
    model::Protocol,
};

/// The targets behind `_PORT._PROTOCOL.SERVICE`, also `PORT.PROTOCOL.SERVICE` as Docker has it; PORT is
/// the published one or the backends' one. Unknown where the service does not have it; none where there
/// is no such service.
pub(super) fn answer(client: &Client, name: &[u8], question: &Query) -> Option<Answer> {
    let mut labels = name.splitn(3, |byte| *byte == b'.');
    let (number, protocol) = (number(labels.next()?)?, protocol(labels.next()?)?);
    let ports = client.ports(labels.next()?)?;
    let matches = |p: &&Port| p.protocol == protocol && (p.published == number || p.target == number);
    let Some(port) = ports.iter().find(matches) else {
        return Some(Answer { unknown: true, ..Answer::default() });
    };
    if !matches!(question.query_type(), RecordType::SRV | RecordType::ANY) {
        return Some(Answer::default());
    }
    let target = |(name, _): &(_, _)| SRV::new(0, 0, port.target, Clone::clone(name));
    let records = port.hosts.iter().map(target);
    let records = records.map(|srv| Record::from_rdata(question.name().clone(), port.ttl, RData::SRV(srv)));
    let additionals = port.hosts.iter();
    let additionals =
        additionals.map(|(name, addr)| Record::from_rdata(name.clone(), port.ttl, RData::A(A(*addr))));
    Some(Answer { records: records.collect(), additionals: additionals.collect(), ..Answer::default() })
}

fn number(label: &[u8]) -> Option<u16> {
    let digits = std::str::from_utf8(label.strip_prefix(b"_").unwrap_or(label)).ok()?;
    digits.parse().ok()
}

fn protocol(label: &[u8]) -> Option<Protocol> {
    match label.strip_prefix(b"_").unwrap_or(label) {
        b"tcp" => Some(Protocol::Tcp),
        b"udp" => Some(Protocol::Udp),
        _ => None,
    }
}
