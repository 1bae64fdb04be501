/*
 * Ends of the packet-rate measurement, as cheap as they can be: the flood sends small UDP datagrams
 * with sendmmsg(2) as fast as it may, the sink is a bound socket that is never read. What arrives
 * is counted by the kernel (Udp6InDatagrams and Udp6RcvbufErrors in /proc/net/snmp6), so the sink
 * costs no copy.
 *
 *   udp-load flood ADDRESS PORT PAYLOAD_BYTES SECONDS
 *   udp-load sink ADDRESS PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { kBatch = 64, kMaxPayload = 1232 };

static double Now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int Flood(int fd, size_t payload, double seconds) {
    static char bytes[kMaxPayload];
    struct iovec part = {.iov_base = bytes, .iov_len = payload};
    struct mmsghdr messages[kBatch];
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < kBatch; i++) {
        messages[i].msg_hdr.msg_iov = &part;
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    unsigned long sent = 0;
    for (double end = Now() + seconds; Now() < end;) {
        int count = sendmmsg(fd, messages, kBatch, 0);
        if (count > 0) {
            sent += (unsigned long)count;
        } else if (errno != ENOBUFS && errno != EAGAIN && errno != ECONNREFUSED) {
            perror("sendmmsg");
            return 1;
        }
    }
    printf("%lu\n", sent);
    return 0;
}

int main(int argc, char** argv) {
    int is_flood = argc == 6 && strcmp(argv[1], "flood") == 0;
    int is_sink = argc == 4 && strcmp(argv[1], "sink") == 0;
    struct sockaddr_in6 address = {.sin6_family = AF_INET6};
    if (!(is_flood || is_sink) || inet_pton(AF_INET6, argv[2], &address.sin6_addr) != 1) {
        fprintf(stderr, "usage: udp-load flood ADDRESS PORT BYTES SECONDS | sink ADDRESS PORT\n");
        return 2;
    }
    address.sin6_port = htons((unsigned short)atoi(argv[3]));
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        perror("socket");
        return 1;
    }
    if (is_sink) {
        if (bind(fd, (struct sockaddr*)&address, sizeof address) != 0) {
            perror("bind");
            return 1;
        }
        pause();
        return 0;
    }
    if (connect(fd, (struct sockaddr*)&address, sizeof address) != 0) {
        perror("connect");
        return 1;
    }
    size_t payload = (size_t)atoi(argv[4]);
    return Flood(fd, payload < kMaxPayload ? payload : kMaxPayload, atof(argv[5]));
}
