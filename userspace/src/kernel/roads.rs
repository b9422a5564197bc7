//! Roads: programs that others hand their packets to; the slots of a map that the kernel jumps through.
//!
//! The map is pinned with the others, which also keeps its slots filled while no daemon runs.

use aya::{
    maps::{MapData, ProgramArray},
    programs::ProgramError,
};
use causeway_common::{Road, names};

use super::{Dataplane, KernelError, tables::failed};

impl Dataplane {
    /// Fills each slot with the road's program of this version, in place: a packet finds the former one or this
    /// one.
    ///
    /// # Errors
    /// [`KernelError::Map`] where the kernel takes a program for another one's kind.
    pub fn open_roads(&mut self) -> Result<(), KernelError> {
        Road::ALL.iter().try_for_each(|road| self.open_road(*road))
    }

    fn open_road(&mut self, road: Road) -> Result<(), KernelError> {
        let program = self.classifier(road.name())?.fd()?.try_clone().map_err(ProgramError::from)?;
        self.slots()?.set(road as u32, &program, 0).map_err(|e| failed(names::ROADS, e))
    }

    /// Empties the slot of a road: what is handed to it from now on is dropped, or the host's.
    ///
    /// # Errors
    /// [`KernelError::Map`] where the slot is empty already.
    pub fn close_road(&mut self, road: Road) -> Result<(), KernelError> {
        self.slots()?.clear_index(&(road as u32)).map_err(|e| failed(names::ROADS, e))
    }

    fn slots(&mut self) -> Result<ProgramArray<&mut MapData>, KernelError> {
        self.map_mut(names::ROADS)?.try_into().map_err(|e| failed(names::ROADS, e))
    }
}
