// SPDX-License-Identifier: Apache-2.0
// Attaching programs to interfaces, and finding what others attached.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <unistd.h>

#include "bpf_syscall.h"
#include "error.h"
#include "exports.h"

namespace {

Napi::Value CreateLink(const Napi::CallbackInfo& info, uint32_t attach_type, uint32_t flags, const char* operation) {
  int program = FdArgument(info, 0, "program");
  uint32_t ifindex = Uint32Argument(info, 1, "ifindex");
  int fd = BpfLinkCreate(program, ifindex, attach_type, flags);
  if (fd < 0) throw SystemError(info.Env(), -fd, operation);
  return Napi::Number::New(info.Env(), fd);
}

// attachXdp(program, ifindex, generic): link fd
Napi::Value AttachXdp(const Napi::CallbackInfo& info) {
  bool generic = info[2].ToBoolean();
  return CreateLink(info, kAttachXdp, generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE, "attach XDP");
}

// attachTcx(program, ifindex, egress): link fd
Napi::Value AttachTcx(const Napi::CallbackInfo& info) {
  bool egress = info[2].ToBoolean();
  return CreateLink(info, egress ? kAttachTcxEgress : kAttachTcxIngress, 0, "attach tcx");
}

// updateLink(link, program): replaces the program in one step
void UpdateLink(const Napi::CallbackInfo& info) {
  int result = BpfLinkUpdate(FdArgument(info, 0, "link"), FdArgument(info, 1, "program"));
  if (result < 0) throw SystemError(info.Env(), -result, "replace the program of a link");
}

// detachLink(link): takes the program off at once; the kernel does that later when only the last pin goes
void DetachLink(const Napi::CallbackInfo& info) {
  int result = bpf_link_detach(FdArgument(info, 0, "link"));
  if (result < 0) throw SystemError(info.Env(), -result, "detach a link");
}

// linkInfo(link): { id, type, programId, ifindex, attachType }
Napi::Value GetLinkInfo(const Napi::CallbackInfo& info) {
  LinkInfo link;
  int result = BpfLinkInfo(FdArgument(info, 0, "link"), &link);
  if (result < 0) throw SystemError(info.Env(), -result, "describe a link");
  Napi::Object object = Napi::Object::New(info.Env());
  object["id"] = Napi::Number::New(info.Env(), link.id);
  object["type"] = Napi::Number::New(info.Env(), link.type);
  object["programId"] = Napi::Number::New(info.Env(), link.program_id);
  object["ifindex"] = Napi::Number::New(info.Env(), link.ifindex);
  object["attachType"] = Napi::Number::New(info.Env(), link.attach_type);
  return object;
}

// xdpProgramId(ifindex): the id of the XDP program there, or 0
Napi::Value XdpProgramId(const Napi::CallbackInfo& info) {
  LIBBPF_OPTS(bpf_xdp_query_opts, query);
  int result = bpf_xdp_query(static_cast<int>(Uint32Argument(info, 0, "ifindex")), 0, &query);
  if (result < 0) throw SystemError(info.Env(), -result, "query XDP");
  uint32_t id = query.prog_id ? query.prog_id : query.drv_prog_id ? query.drv_prog_id : query.skb_prog_id;
  return Napi::Number::New(info.Env(), id);
}

// tcxProgramIds(ifindex, egress): ids of the tcx programs there
Napi::Value TcxProgramIds(const Napi::CallbackInfo& info) {
  std::vector<uint32_t> ids;
  int result = BpfTcxQuery(Uint32Argument(info, 0, "ifindex"),
                           info[1].ToBoolean() ? kAttachTcxEgress : kAttachTcxIngress, &ids);
  if (result < 0) throw SystemError(info.Env(), -result, "query tcx");
  Napi::Array array = Napi::Array::New(info.Env(), ids.size());
  for (size_t i = 0; i < ids.size(); i++) array[i] = Napi::Number::New(info.Env(), ids[i]);
  return array;
}

}  // namespace

void ExportLink(Napi::Env env, Napi::Object exports) {
  exports["attachXdp"] = Napi::Function::New(env, AttachXdp);
  exports["attachTcx"] = Napi::Function::New(env, AttachTcx);
  exports["updateLink"] = Napi::Function::New(env, UpdateLink);
  exports["detachLink"] = Napi::Function::New(env, DetachLink);
  exports["linkInfo"] = Napi::Function::New(env, GetLinkInfo);
  exports["xdpProgramId"] = Napi::Function::New(env, XdpProgramId);
  exports["tcxProgramIds"] = Napi::Function::New(env, TcxProgramIds);
}
