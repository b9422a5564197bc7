// The floor of the roads between containers: programs that do what has to be done to a packet, and nothing else. They
// look nothing up, check nothing and count nothing; whom they lead to is written into them. What another dataplane by
// TCX and veth costs beyond this is its own; what this costs is the kernel's.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define VXLAN_PORT 4789
// Outer IPv4, UDP and VXLAN headers, and the inner Ethernet header (RFC 7348).
#define GROWTH (20 + 8 + 8 + 14)
#define WORDS ((ETH_HLEN + GROWTH) / 8)

// Host-side interface of the container that a packet goes into.
volatile const __u32 INTO = 0;
// The interface to the other node.
volatile const __u32 UPLINK = 0;

// What goes before a wrapped packet's own IPv4 header. The outer header's sum is that of its other fields, as the
// machine's own number and not inverted: what depends on the packet is added.
struct outer {
	__u64 words[WORDS];
	__u64 sum;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct outer);
} OUTER SEC(".maps");

struct headers {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
} __attribute__((packed));

static __always_inline struct headers *headers(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	return skb->protocol == bpf_htons(ETH_P_IP) && data + sizeof(struct headers) <= end ? data : 0;
}

// From a container to another one of the same node.
SEC("classifier")
int across(struct __sk_buff *skb)
{
	return headers(skb) ? bpf_redirect_peer(INTO, 0) : TC_ACT_UNSPEC;
}

// From a container to one of the other node.
SEC("classifier")
int wrap(struct __sk_buff *skb)
{
	__u64 flags = BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_ENCAP_L4_UDP | BPF_F_ADJ_ROOM_ENCAP_L2(ETH_HLEN) |
		      BPF_F_ADJ_ROOM_ENCAP_L2_ETH | BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_NO_CSUM_RESET;
	__u32 slot = 0, length = skb->len + GROWTH - ETH_HLEN, sum;
	struct outer *outer = bpf_map_lookup_elem(&OUTER, &slot);
	struct headers *to = headers(skb);
	void *data, *end;

	if (!to || !outer)
		return TC_ACT_UNSPEC;
	if (bpf_skb_adjust_room(skb, GROWTH, BPF_ADJ_ROOM_MAC, flags))
		return TC_ACT_SHOT;
	data = (void *)(long)skb->data;
	end = (void *)(long)skb->data_end;
	if (data + ETH_HLEN + GROWTH > end)
		return TC_ACT_SHOT;
	for (int word = 0; word < WORDS; word++)
		((__u64 *)data)[word] = outer->words[word];
	to = data;
	to->ip.tot_len = bpf_htons(length);
	to->udp.len = bpf_htons(length - sizeof(to->ip));
	sum = outer->sum + to->ip.tot_len;
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	to->ip.check = ~sum;
	return bpf_redirect(UPLINK, 0);
}

// From the other node into the container.
SEC("classifier")
int unwrap(struct __sk_buff *skb)
{
	__u64 flags = BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_NO_CSUM_RESET;
	struct headers *from = headers(skb);
	void *data, *end;
	__u16 mac[3];

	if (!from || from->ip.protocol != 17 || from->udp.dest != bpf_htons(VXLAN_PORT))
		return TC_ACT_UNSPEC;
	data = (void *)(long)skb->data;
	end = (void *)(long)skb->data_end;
	if (data + ETH_HLEN + GROWTH > end)
		return TC_ACT_UNSPEC;
	__builtin_memcpy(mac, data + GROWTH, sizeof(mac));
	if (bpf_skb_adjust_room(skb, -GROWTH, BPF_ADJ_ROOM_MAC, flags))
		return TC_ACT_SHOT;
	data = (void *)(long)skb->data;
	end = (void *)(long)skb->data_end;
	if (data + ETH_HLEN > end)
		return TC_ACT_SHOT;
	__builtin_memcpy(data, mac, sizeof(mac));
	return bpf_redirect_peer(INTO, 0);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
