/* The reference of collect.capture_vs_pcap_loop: libpcap reads the file and does nothing with it.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <pcap/pcap.h>
#include <stdio.h>

static void count(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
    (void)header;
    (void)bytes;
    ++*(unsigned long long *)(void *)user;
}

int main(int argc, char **argv)
{
    char error[PCAP_ERRBUF_SIZE];
    pcap_t *pcap = argc == 2 ? pcap_open_offline(argv[1], error) : NULL;
    if (!pcap) {
        fprintf(stderr, "usage: bench_pcap_loop FILE (%s)\n", argc == 2 ? error : "one file is expected");
        return 1;
    }
    unsigned long long packets = 0;
    if (pcap_loop(pcap, -1, count, (u_char *)&packets) == PCAP_ERROR)
        return 1;
    printf("%llu\n", packets);
    pcap_close(pcap);
    return 0;
}
