// SPDX-License-Identifier: Apache-2.0
// bpf(2) where libbpf 1.1 does not reach: tcx links, and queries of them (linux 6.6).
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <string>
#include <vector>

constexpr uint32_t kAttachXdp = 37;         // BPF_XDP
constexpr uint32_t kAttachTcxIngress = 46;  // BPF_TCX_INGRESS
constexpr uint32_t kAttachTcxEgress = 47;   // BPF_TCX_EGRESS

// All return a file descriptor or 0, or minus an errno.
int BpfLinkCreate(int program, uint32_t ifindex, uint32_t attach_type, uint32_t flags);
int BpfLinkUpdate(int link, int program);
int BpfObjectPin(int fd, const std::string& path);
int BpfObjectGet(const std::string& path);
int BpfProgramById(uint32_t id);
int BpfTcxQuery(uint32_t ifindex, uint32_t attach_type, std::vector<uint32_t>* program_ids);

struct LinkInfo {
  uint32_t id;
  uint32_t type;
  uint32_t program_id;
  uint32_t ifindex;  // 0: its device is gone
  uint32_t attach_type;
};
int BpfLinkInfo(int fd, LinkInfo* info);
