// An overlay by a vxlan device in collect-metadata mode, as Cilium's: a program on the container's veth says for each
// packet to which node it goes, one behind the device to which container. One lookup each, and nothing else that such
// an overlay would also do (policy, conntrack, services): what is measured is the least that this shape costs.
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define DESTINATION_AT (14 + 16)
#define VNI 4097

volatile const __u32 DEVICE = 0;

struct place {
	// The node, as the kernel wants it: host order; or 0 and the interface of a container of this node.
	__u32 node, interface;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, struct place);
} PLACES SEC(".maps");

static __always_inline struct place *place(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	if (skb->protocol != bpf_htons(0x0800) || data + DESTINATION_AT + 4 > end)
		return 0;
	return bpf_map_lookup_elem(&PLACES, data + DESTINATION_AT);
}

SEC("classifier")
int from_veth(struct __sk_buff *skb)
{
	struct place *to = place(skb);
	struct bpf_tunnel_key key __attribute__((aligned(8))) = {};

	if (!to || !to->node)
		return TC_ACT_UNSPEC;
	key.tunnel_id = VNI;
	key.tunnel_ttl = 64;
	key.remote_ipv4 = to->node;
	if (bpf_skb_set_tunnel_key(skb, &key, sizeof(key), BPF_F_ZERO_CSUM_TX))
		return TC_ACT_SHOT;
	return bpf_redirect(DEVICE, 0);
}

SEC("classifier")
int from_device(struct __sk_buff *skb)
{
	struct bpf_tunnel_key key __attribute__((aligned(8))) = {};
	struct place *to = place(skb);

	if (!to || to->node || bpf_skb_get_tunnel_key(skb, &key, sizeof(key), 0) || key.tunnel_id != VNI)
		return TC_ACT_UNSPEC;
	return bpf_redirect_peer(to->interface, 0);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
