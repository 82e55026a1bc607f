// SPDX-License-Identifier: Apache-2.0
// Network devices of the current namespace, from rtnetlink.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "error.h"
#include "exports.h"

namespace {

constexpr unsigned short kTypeMask = 0x3fff;  // without NLA_F_NESTED and NLA_F_NET_BYTEORDER

// Calls `visit` with each attribute of a list.
template <typename Visit>
void ForEachAttribute(rtattr* attribute, int length, Visit visit) {
  for (; RTA_OK(attribute, length); attribute = RTA_NEXT(attribute, length)) visit(attribute);
}

std::string MacText(const unsigned char* mac) {
  char text[18];
  std::snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
  return text;
}

Napi::Object DeviceOf(Napi::Env env, nlmsghdr* message) {
  auto* link = static_cast<ifinfomsg*>(NLMSG_DATA(message));
  Napi::Object device = Napi::Object::New(env);
  device["ifindex"] = Napi::Number::New(env, link->ifi_index);
  device["loopback"] = Napi::Boolean::New(env, link->ifi_flags & IFF_LOOPBACK);
  device["kind"] = Napi::String::New(env, "");
  device["peerElsewhere"] = Napi::Boolean::New(env, false);
  device["macAddress"] = env.Undefined();
  ForEachAttribute(IFLA_RTA(link), IFLA_PAYLOAD(message), [&](rtattr* attribute) {
    switch (attribute->rta_type & kTypeMask) {
      case IFLA_IFNAME:
        device["name"] = Napi::String::New(env, static_cast<char*>(RTA_DATA(attribute)));
        break;
      case IFLA_ADDRESS:
        if (RTA_PAYLOAD(attribute) == ETH_ALEN)
          device["macAddress"] = Napi::String::New(env, MacText(static_cast<unsigned char*>(RTA_DATA(attribute))));
        break;
      case IFLA_LINK_NETNSID:
        device["peerElsewhere"] = Napi::Boolean::New(env, true);
        break;
      case IFLA_LINKINFO:
        ForEachAttribute(static_cast<rtattr*>(RTA_DATA(attribute)), RTA_PAYLOAD(attribute), [&](rtattr* nested) {
          if ((nested->rta_type & kTypeMask) == IFLA_INFO_KIND)
            device["kind"] = Napi::String::New(env, static_cast<char*>(RTA_DATA(nested)));
        });
        break;
    }
  });
  return device;
}

// listDevices(): { ifindex, name, kind, loopback, peerElsewhere, macAddress }[]; kind is that of `ip link`, '' for
// hardware; macAddress is that of Ethernet, such as 02:00:00:00:00:01, or undefined
Napi::Value ListDevices(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) throw SystemError(env, errno, "open rtnetlink");
  struct {
    nlmsghdr header;
    ifinfomsg link;
  } request{};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = RTM_GETLINK;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  std::vector<char> buffer(1 << 18);
  Napi::Array devices = Napi::Array::New(env);
  int error = send(fd, &request, sizeof(request), 0) < 0 ? errno : 0;
  for (bool done = false; !done && !error;) {
    ssize_t received = recv(fd, buffer.data(), buffer.size(), 0);
    if (received < 0) {
      if (errno == EINTR) continue;
      error = errno;
      break;
    }
    auto* message = reinterpret_cast<nlmsghdr*>(buffer.data());
    for (int length = static_cast<int>(received); NLMSG_OK(message, length); message = NLMSG_NEXT(message, length)) {
      if (message->nlmsg_type == NLMSG_DONE) done = true;
      if (message->nlmsg_type == NLMSG_ERROR) {
        error = -static_cast<nlmsgerr*>(NLMSG_DATA(message))->error;
        done = true;
      }
      if (message->nlmsg_type == RTM_NEWLINK) devices[devices.Length()] = DeviceOf(env, message);
    }
  }
  close(fd);
  if (error) throw SystemError(env, error, "list network devices");
  return devices;
}

// enterNamespace(path): moves the calling thread into a network namespace
void EnterNamespace(const Napi::CallbackInfo& info) {
  std::string path = StringArgument(info, 0, "path");
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw SystemError(info.Env(), errno, "open " + path);
  int result = setns(fd, CLONE_NEWNET);
  int error = errno;
  close(fd);
  if (result < 0) throw SystemError(info.Env(), error, "enter " + path);
}

// jiffyNanoseconds(): how long a jiffy is. It is the resolution of the coarse clocks (TICK_NSEC).
Napi::Value JiffyNanoseconds(const Napi::CallbackInfo& info) {
  timespec resolution{};
  if (clock_getres(CLOCK_MONOTONIC_COARSE, &resolution) < 0)
    throw SystemError(info.Env(), errno, "ask for the resolution of the coarse clock");
  return Napi::Number::New(info.Env(), static_cast<double>(resolution.tv_sec) * 1e9 + resolution.tv_nsec);
}

constexpr long kBpfFsMagic = 0xcafe4a11;  // BPF_FS_MAGIC, include/uapi/linux/magic.h

// mountBpfFs(path): mounts bpffs at path unless one is there; true if it had to
Napi::Value MountBpfFs(const Napi::CallbackInfo& info) {
  std::string path = StringArgument(info, 0, "path");
  struct statfs stat;
  if (statfs(path.c_str(), &stat) == 0 && stat.f_type == kBpfFsMagic) return Napi::Boolean::New(info.Env(), false);
  if (mount("bpf", path.c_str(), "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") < 0)
    throw SystemError(info.Env(), errno, "mount bpffs at " + path);
  return Napi::Boolean::New(info.Env(), true);
}

// sendFrames(ifindex, frames): sends Ethernet frames out of an interface (AF_PACKET). All are tried; throws for the
// first that could not be sent. One socket for all: the kernel takes some 10 ms to close one.
void SendFrames(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!info[0].IsNumber() || !info[1].IsArray())
    throw Napi::TypeError::New(env, "expected an ifindex and an array of Buffers");
  Napi::Array frames = info[1].As<Napi::Array>();
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = info[0].As<Napi::Number>().Int32Value();
  std::vector<std::pair<const char*, size_t>> parts;
  for (uint32_t i = 0; i < frames.Length(); i++) {
    Napi::Value frame = frames.Get(i);
    if (!frame.IsBuffer()) throw Napi::TypeError::New(env, "expected an ifindex and an array of Buffers");
    auto buffer = frame.As<Napi::Buffer<char>>();
    parts.emplace_back(buffer.Data(), buffer.Length());
  }
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (fd < 0) throw SystemError(env, errno, "open a packet socket");
  int error = 0;
  for (const auto& [data, length] : parts) {
    ssize_t sent = sendto(fd, data, length, 0, reinterpret_cast<sockaddr*>(&to), sizeof(to));
    if (sent < 0 && error == 0) error = errno;
  }
  close(fd);
  if (error != 0) throw SystemError(env, error, "send a frame");
}

// A UDP socket that asks the routing table, and sends nothing, whenever it is connected.
class RouteProbe {
 public:
  RouteProbe(Napi::Env env, int family) : fd_(socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    if (fd_ < 0) throw SystemError(env, errno, "open a socket");
  }
  ~RouteProbe() { close(fd_); }
  RouteProbe(const RouteProbe&) = delete;
  RouteProbe& operator=(const RouteProbe&) = delete;

  // Replaces an address by the one that the kernel would send from to there. False without a route.
  bool Ask(sockaddr* address, socklen_t length) {
    sockaddr none{};
    none.sa_family = AF_UNSPEC;
    // What it was connected to before decides nothing.
    if (connect(fd_, &none, sizeof(none)) != 0) return false;
    return connect(fd_, address, length) == 0 && getsockname(fd_, address, &length) == 0;
  }

 private:
  int fd_;
};

// routeSources(addresses): for each the address that the kernel would send from to there, or undefined without a route
Napi::Value RouteSources(const Napi::CallbackInfo& info) {
  if (!info[0].IsArray()) throw Napi::TypeError::New(info.Env(), "addresses must be an array");
  Napi::Array addresses = info[0].As<Napi::Array>();
  Napi::Array sources = Napi::Array::New(info.Env(), addresses.Length());
  std::optional<RouteProbe> ipv4_probe, ipv6_probe;
  for (uint32_t i = 0; i < addresses.Length(); i++) {
    std::string text = addresses.Get(i).ToString();
    sockaddr_in ipv4{};
    sockaddr_in6 ipv6{};
    ipv4.sin_family = AF_INET;
    ipv6.sin6_family = AF_INET6;
    ipv4.sin_port = ipv6.sin6_port = htons(9);
    bool is_ipv4 = inet_pton(AF_INET, text.c_str(), &ipv4.sin_addr) == 1;
    if (!is_ipv4 && inet_pton(AF_INET6, text.c_str(), &ipv6.sin6_addr) != 1)
      throw Napi::TypeError::New(info.Env(), "addresses must be IPv4 or IPv6 addresses");
    int family = is_ipv4 ? AF_INET : AF_INET6;
    std::optional<RouteProbe>& probe = is_ipv4 ? ipv4_probe : ipv6_probe;
    if (!probe) probe.emplace(info.Env(), family);
    bool routed = is_ipv4 ? probe->Ask(reinterpret_cast<sockaddr*>(&ipv4), sizeof(ipv4))
                          : probe->Ask(reinterpret_cast<sockaddr*>(&ipv6), sizeof(ipv6));
    if (!routed) {
      sources[i] = info.Env().Undefined();
      continue;
    }
    char source[INET6_ADDRSTRLEN];
    const void* bytes = is_ipv4 ? static_cast<void*>(&ipv4.sin_addr) : static_cast<void*>(&ipv6.sin6_addr);
    inet_ntop(family, bytes, source, sizeof(source));
    sources[i] = Napi::String::New(info.Env(), source);
  }
  return sources;
}

}  // namespace

void ExportNetDevice(Napi::Env env, Napi::Object exports) {
  exports["listDevices"] = Napi::Function::New(env, ListDevices);
  exports["routeSources"] = Napi::Function::New(env, RouteSources);
  exports["sendFrames"] = Napi::Function::New(env, SendFrames);
  exports["jiffyNanoseconds"] = Napi::Function::New(env, JiffyNanoseconds);
  exports["enterNamespace"] = Napi::Function::New(env, EnterNamespace);
  exports["mountBpfFs"] = Napi::Function::New(env, MountBpfFs);
}
