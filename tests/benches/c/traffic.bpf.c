// Packets made by live frames, and counted where they arrive, before anybody else sees them.
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define SMALL 60
#define OUTER 50
#define ETHERNET 14

// The interface that frames leave by, in how many conversations, the first one's source port, where in the frame
// that port is, and where the UDP checksum, if there is one.
// Ports begin behind VXLAN's: an answer to that one would be taken for a tunnel.
volatile const __u32 OUT = 0, FLOWS = 1, FIRST_PORT = 5000, PORT_AT = 34, CHECKSUM_AT = 40;
// The port that an arriving datagram must have, as it stands in memory, and where in the packet: where it goes to, or
// of an answer where it comes from. 0: whatever arrives counts.
volatile const __u32 WANTED_PORT = 0, WANTED_AT = 22;
// Not 0: there are outer headers in front.
volatile const __u32 CARRIED = 0;

// The frame with source port 0, filled up to a whole number of words.
struct frame {
	__u64 words[14];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct frame);
} TEMPLATE SEC(".maps");

// How many frames were made; how many of them arrived, and others; when the first and the last of every 1024 did.
struct counted {
	__u64 made, arrived, strange, first_ns, last_ns, last_count;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counted);
} COUNTED SEC(".maps");

static __always_inline struct counted *counted(void)
{
	__u32 slot = 0;

	return bpf_map_lookup_elem(&COUNTED, &slot);
}

// The whole frame is written each time: live frames come back as others have left them.
static __always_inline int write(void *data, void *end, __u32 flow)
{
	__u32 slot = 0, length = CARRIED ? SMALL + OUTER : SMALL, port, sum;
	struct frame *template = bpf_map_lookup_elem(&TEMPLATE, &slot);

	if (!template || data + length > end)
		return -1;
	if (CARRIED)
		__builtin_memcpy(data, template, SMALL + OUTER);
	else
		__builtin_memcpy(data, template, SMALL);
	port = FIRST_PORT + flow;
	if (data + PORT_AT + 2 > end || data + CHECKSUM_AT + 2 > end)
		return -1;
	*(__u16 *)(data + PORT_AT) = bpf_htons(port);
	if (CHECKSUM_AT) {
		// RFC 1624: the template's port is 0.
		sum = (__u16)~bpf_ntohs(*(__u16 *)(data + CHECKSUM_AT)) + port;
		sum = (sum & 0xffff) + (sum >> 16);
		*(__u16 *)(data + CHECKSUM_AT) = bpf_htons((__u16)~sum);
	}
	return 0;
}

SEC("xdp")
int make(struct xdp_md *context)
{
	struct counted *all = counted();

	if (!all || write((void *)(long)context->data, (void *)(long)context->data_end, all->made % FLOWS))
		return XDP_ABORTED;
	all->made++;
	return bpf_redirect(OUT, 0);
}

static __always_inline int is_wanted(void *data, void *end)
{
	__u8 *ip = data + ETHERNET;

	if (!WANTED_PORT)
		return 1;
	// IPv4 without options, UDP.
	if (data + ETHERNET + 28 > end || ip[0] != 0x45 || ip[9] != 17)
		return 0;
	return *(__u16 *)(ip + (WANTED_AT == 20 ? 20 : 22)) == (__u16)WANTED_PORT;
}

static __always_inline void note(void *data, void *end)
{
	struct counted *all = counted();

	if (!all)
		return;
	if (!is_wanted(data, end)) {
		all->strange++;
		return;
	}
	if (all->arrived % 1024 == 0) {
		all->last_ns = bpf_ktime_get_ns();
		all->last_count = all->arrived;
		if (!all->first_ns)
			all->first_ns = all->last_ns;
	}
	all->arrived++;
}

SEC("classifier")
int arrive(struct __sk_buff *skb)
{
	// ARP and the like goes on.
	if (skb->protocol != bpf_htons(0x0800))
		return TC_ACT_UNSPEC;
	note((void *)(long)skb->data, (void *)(long)skb->data_end);
	return TC_ACT_SHOT;
}

SEC("xdp")
int arrive_early(struct xdp_md *context)
{
	note((void *)(long)context->data, (void *)(long)context->data_end);
	return XDP_DROP;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
