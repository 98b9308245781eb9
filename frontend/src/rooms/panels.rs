//! What lies beside the timeline or over it: panels, sheets and drawers.

use yew::Context;

use super::{Msg, RoomsPage};
use crate::{layers::Layer, room_bar::Panel, storage};

impl RoomsPage {
    /// The panel that is shown.
    pub(super) fn panel(&self) -> Panel {
        match &self.sheet {
            Some((panel, _)) => *panel,
            None if self.wide && self.searching.is_some() => Panel::Search,
            None if self.wide && self.members => Panel::Members,
            None => Panel::None,
        }
    }

    pub(super) fn open_panel(&mut self, ctx: &Context<Self>, panel: Panel) {
        if !self.wide {
            let layer = (panel != Panel::None).then(|| self.layer(ctx, Msg::Panel, Panel::None));
            self.sheet = layer.map(|layer| (panel, layer));
        } else if panel == Panel::None && self.searching.is_some() {
            self.searching = None;
        } else {
            let searching = (panel == Panel::Search).then(|| self.app.layers.return_focus());
            // An open search keeps what it returns the focus to.
            self.searching = self.searching.take().filter(|_| searching.is_some()).or(searching);
            if self.searching.is_none() {
                self.members = panel == Panel::Members;
                storage::set_members_closed(!self.members);
            }
        }
        self.opened = (panel == Panel::Search || !self.wide).then(|| self.panel_node.clone());
    }

    /// Closes what covers the timeline: that is what the user wants to see.
    pub(super) fn close_layers(&mut self) {
        (self.drawer, self.sheet, self.open, self.menu) = (None, None, None, None);
        self.person = None;
    }

    /// A layer that is closed by a message.
    pub(super) fn layer<T: Copy + 'static>(
        &self,
        ctx: &Context<Self>,
        closes: fn(T) -> Msg,
        with: T,
    ) -> Layer {
        self.app.layers.open(ctx.link().callback(move |()| closes(with)))
    }
}
