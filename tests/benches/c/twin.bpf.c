// The mesh's forward road in C, step by step as in `ebpf/src/hooks/from_wire/forward.rs`, on the maps of a node's
// dataplane, and in the same harness (`ebpf/src/hooks/bench.rs`): what Rust costs beside it. Only what a settled port
// takes is here; a ring that is not settled, answers and all that goes to the stack are left out.
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define ETHERNET 14
#define OUTER 50
#define PLAIN 0x45
#define TURNS 64
#define MESH_VNI 4096
#define ODD 0x9e3779b1
#define TO_MESH 14

// Flags of settings, of a port, of a backend and of a node.
#define INGRESS_ON 4
#define REDIRECTS 8
#define AFFINITY 2
#define TRACKED 4
#define ACTIVE_OR_DRAINING 3
#define RESOLVED 1

volatile const __u16 VXLAN_PORT = 4789;
volatile const __u32 VTEP = 0;
volatile const __u32 BENCH_FLOWS = 1, BENCH_PORTS = 1, BENCH_ANSWERS = 0, BENCH_OUT = 0;
volatile const __u8 BENCH_FLAGS = 0x10;

struct ethernet {
	__u8 dst[6], src[6];
	__be16 type;
} __attribute__((packed));

struct ipv4 {
	__u8 vihl, tos;
	__be16 total, id, fragment;
	__u8 ttl, protocol;
	__be16 checksum;
	__be32 src, dst;
} __attribute__((packed));

struct tcp {
	__be16 src, dst;
	__be32 sequence, acknowledgement;
	__u8 offset, flags;
	__be16 window, checksum, urgent;
} __attribute__((packed));

struct frame {
	struct ethernet eth;
	struct ipv4 ip;
	struct tcp tcp;
} __attribute__((packed));

struct outer {
	struct ethernet eth;
	struct ipv4 ip;
	__be16 udp_src, udp_dst, udp_length, udp_checksum;
	__be32 vxlan_flags, vxlan_vni;
} __attribute__((packed));

struct settings {
	__u64 cookie;
	__u32 host_ifindex, generation;
	__u8 host_mac[6];
	__u16 flags, first_port, ports;
	__u32 vip_pool, vip_mask;
	__u16 mtu, reserved;
};

struct ingress {
	__u32 vip, number, ring, slots, before, before_slots, sources, addresses;
	__be16 port;
	__u16 flags;
};

struct backend {
	__u32 addr, vni, node;
	__u8 mac[6];
	__u16 flags;
	__u32 service;
};

struct node {
	struct outer outer;
	__u16 sum;
	__u32 flags, ifindex, vtep;
} __attribute__((aligned(8)));

struct block {
	__u16 slots[32];
};

struct source {
	__u32 bits, list, addr;
};

// All but the last are a node's own, found by their pins.
#define MAP(name, kind, key_type, value_type, entries)   \
	struct {                                         \
		__uint(type, kind);                      \
		__uint(max_entries, entries);            \
		__type(key, key_type);                   \
		__type(value, value_type);               \
	} name SEC(".maps")

MAP(SETTINGS, BPF_MAP_TYPE_ARRAY, __u32, struct settings, 1);
MAP(INGRESS_PORTS, BPF_MAP_TYPE_ARRAY, __u32, __u32, 131072);
MAP(INGRESS_SLOTS, BPF_MAP_TYPE_ARRAY, __u32, struct ingress, 66560);
MAP(RINGS, BPF_MAP_TYPE_ARRAY, __u32, struct block, 262144);
MAP(BACKENDS, BPF_MAP_TYPE_ARRAY, __u32, struct backend, 65536);
MAP(NODES, BPF_MAP_TYPE_ARRAY, __u32, struct node, 4096);
MAP(COUNTERS, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, __u64, 256);
MAP(BENCH, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, __u64, 2);

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, struct source);
	__type(value, __u32);
} SOURCES_V4 SEC(".maps");

// ---- The harness ----

static __always_inline __u32 next(void)
{
	__u32 slot = 0;
	__u64 *count = bpf_map_lookup_elem(&BENCH, &slot);

	if (!count)
		return 0;
	*count += 1;
	return *count;
}

static __always_inline __u16 fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return sum + (sum >> 16);
}

static __always_inline __u32 words(__be32 addr)
{
	__u32 host = bpf_ntohl(addr);

	return (host >> 16) + (host & 0xffff);
}

static __always_inline int write(struct xdp_md *context)
{
	struct frame *frame = (void *)(long)context->data;
	__u32 flow = (__u64)(next() * (__u32)ODD) * BENCH_FLOWS >> 32, port, client;

	if ((void *)(frame + 1) > (void *)(long)context->data_end || !BENCH_PORTS)
		return -1;
	port = flow % BENCH_PORTS;
	client = 100 << 24 | 65 << 16 | (flow & 0x3fff);
	frame->eth = (struct ethernet){ { 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 0xfe }, bpf_htons(0x0800) };
	frame->ip = (struct ipv4){ PLAIN, 0, bpf_htons(46), 0, 0, 64, 6, 0, bpf_htonl(client), VTEP };
	frame->ip.checksum =
		bpf_htons((__u16)~fold(0x4500 + 46 + 0x4006 + words(frame->ip.src) + words(frame->ip.dst)));
	frame->tcp = (struct tcp){ bpf_htons(1024 + (flow >> 14)), bpf_htons(20000 + port), 0, 0, 0x50,
				   BENCH_FLAGS, 0xffff, bpf_htons(1), 0 };
	return 0;
}

// ---- The road ----

static __always_inline int is_listed(__u32 list, __be32 addr)
{
	struct source key = { 64, list, addr };

	return bpf_map_lookup_elem(&SOURCES_V4, &key) != 0;
}

static __always_inline __u32 hash(const struct frame *frame)
{
	__u32 sum = bpf_ntohl(frame->ip.src) * ODD;

	sum = (sum ^ sum >> 15 ^ bpf_ntohl(frame->ip.dst)) * ODD;
	sum = (sum ^ sum >> 15 ^ ((__u32)bpf_ntohs(frame->tcp.src) << 16 | bpf_ntohs(frame->tcp.dst))) * ODD;
	return (sum ^ sum >> 15 ^ (__u32)frame->ip.protocol << 24) * ODD;
}

static __always_inline struct backend *backend(const struct ingress *of, __u32 hash)
{
	__u32 slot, block, index;
	struct block *ring;
	struct backend *found;

	if (!of->slots)
		return 0;
	slot = of->ring + ((hash >> 16) & (of->slots - 1));
	block = slot / 32;
	ring = bpf_map_lookup_elem(&RINGS, &block);
	if (!ring)
		return 0;
	index = ring->slots[slot % 32];
	found = bpf_map_lookup_elem(&BACKENDS, &index);
	if (!found || !index || !(found->flags & ACTIVE_OR_DRAINING) || found->service != of->number)
		return 0;
	return found;
}

// The sum of the pseudo-header stands where the checksum would.
static __always_inline int is_unfinished(const struct frame *frame, __u32 length)
{
	__u32 sum = words(frame->ip.src) + words(frame->ip.dst) + frame->ip.protocol + length;

	return fold(sum) == bpf_ntohs(frame->tcp.checksum);
}

static __always_inline void count(void)
{
	__u32 slot = TO_MESH;
	__u64 *counter = bpf_map_lookup_elem(&COUNTERS, &slot);

	if (counter)
		*counter += 1;
}

static __always_inline int encapsulate(struct xdp_md *context, const struct node *node,
				       const struct backend *to, __u8 ecn, __u32 hash, __u32 length)
{
	struct outer *outer = (void *)(long)context->data;
	struct ethernet *inner = (void *)(outer + 1);
	__u32 total = length - ETHERNET;

	if ((void *)(inner + 1) > (void *)(long)context->data_end)
		return XDP_DROP;
	__builtin_memcpy(outer, &node->outer, sizeof(*outer));
	outer->ip.tos = ecn;
	outer->ip.total = bpf_htons(total);
	outer->ip.checksum = bpf_htons((__u16)~fold((__u32)node->sum + ecn + total));
	outer->udp_src = bpf_htons(0xc000 | hash >> 18);
	outer->udp_length = bpf_htons(total - 20);
	outer->vxlan_vni = bpf_htonl(MESH_VNI << 8);
	__builtin_memcpy(inner->dst, to->mac, 6);
	inner->src[0] = 0x02;
	inner->src[1] = 0x42;
	__builtin_memcpy(inner->src + 2, &to->addr, 4);
	inner->type = bpf_htons(0x0800);
	return XDP_TX;
}

static __always_inline int road(struct xdp_md *context)
{
	struct frame *frame = (void *)(long)context->data;
	void *end = (void *)(long)context->data_end;
	__u32 zero = 0, wanted, *place, length, packet, mixed, to_node;
	struct settings *settings;
	struct ingress *of;
	struct backend *to;
	struct node *node;
	__u8 ecn;
	int verdict;

	if ((void *)(frame + 1) > end || frame->eth.type != bpf_htons(0x0800))
		return XDP_PASS;
	// VXLAN for this node is another road's.
	if (frame->tcp.dst == bpf_htons(VXLAN_PORT) && frame->ip.dst == VTEP && frame->ip.protocol == 17)
		return XDP_PASS;
	if (frame->ip.fragment & bpf_htons(0x3fff) || frame->ip.vihl != PLAIN || frame->ip.protocol != 6)
		return XDP_PASS;
	settings = bpf_map_lookup_elem(&SETTINGS, &zero);
	if (!settings || !(settings->flags & INGRESS_ON) || frame->ip.dst != VTEP)
		return XDP_PASS;
	wanted = bpf_ntohs(frame->tcp.dst);
	place = bpf_map_lookup_elem(&INGRESS_PORTS, &wanted);
	if (!place || !*place)
		return XDP_PASS;
	of = bpf_map_lookup_elem(&INGRESS_SLOTS, place);
	if (!of || (of->addresses && !is_listed(of->addresses, frame->ip.dst)))
		return XDP_PASS;
	if ((__u16)(bpf_ntohs(frame->tcp.dst) - settings->first_port) < settings->ports)
		return XDP_PASS;
	if (of->sources && !is_listed(of->sources, frame->ip.src))
		return XDP_PASS;
	packet = bpf_ntohs(frame->ip.total);
	length = end - (void *)frame;
	if (packet + ETHERNET > length)
		length = bpf_xdp_get_buff_len(context);
	if (length + OUTER > (__u32)settings->mtu + ETHERNET)
		return XDP_PASS;
	if (packet < 40 || is_unfinished(frame, packet - 20) || packet > length - ETHERNET || frame->ip.ttl <= 1)
		return XDP_PASS;
	if (of->before_slots || of->flags & (TRACKED | AFFINITY))
		return XDP_PASS;
	mixed = hash(frame);
	to = backend(of, mixed);
	if (!to)
		return XDP_PASS;
	to_node = to->node;
	node = bpf_map_lookup_elem(&NODES, &to_node);
	if (!node || !node->ifindex || !(node->flags & RESOLVED) || node->ifindex != context->ingress_ifindex)
		return XDP_PASS;
	if (__builtin_memcmp(frame->eth.dst, node->outer.eth.src, 6))
		return XDP_PASS;
	ecn = frame->ip.tos & 3;
	if (bpf_xdp_adjust_head(context, -OUTER))
		return XDP_PASS;
	verdict = encapsulate(context, node, to, ecn, mixed, length + OUTER);
	count();
	settings = bpf_map_lookup_elem(&SETTINGS, &zero);
	if (settings && settings->flags & REDIRECTS)
		return bpf_redirect(context->ingress_ifindex, 0);
	return verdict;
}

// ---- One behind the other, in one place ----

struct turns {
	struct xdp_md *context;
	__u32 done;
};

static long turn(__u32 number, void *of)
{
	struct turns *turns = of;

	(void)number;
	if (write(turns->context) || road(turns->context) != XDP_TX || bpf_xdp_adjust_head(turns->context, OUTER))
		return 1;
	turns->done++;
	return 0;
}

// What the harness itself does: a frame is written, and made as long as it was before.
static long idle(__u32 number, void *of)
{
	struct turns *turns = of;

	if (write(turns->context) || bpf_xdp_adjust_head(turns->context, number % 2 ? OUTER : -OUTER))
		return 1;
	turns->done++;
	return 0;
}

SEC("xdp")
int over_and_over(struct xdp_md *context)
{
	struct turns turns = { context, 0 };

	bpf_loop(TURNS, turn, &turns, 0);
	return turns.done;
}

SEC("xdp")
int nothing(struct xdp_md *context)
{
	struct turns turns = { context, 0 };

	bpf_loop(TURNS, idle, &turns, 0);
	return turns.done;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
