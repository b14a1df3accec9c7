#include "td_fully_connected_packed_s8.h"

#include "td_packed_widen.h"

#if TD_DSP

/* One group (four inputs) of four outputs: 14 instructions for 16 products. */
#define GROUP                                                                                      \
  "ldmia %[w]!, {r4, r5, r6, r8}\n\t"                                                              \
  "ldrd %[u], %[l], [%[a]], #8\n\t"                                                                \
  "smlad %[c0], %[u], r4, %[c0]\n\t"                                                               \
  "smlad %[c1], %[u], r5, %[c1]\n\t"                                                               \
  "smlad %[c2], %[u], r6, %[c2]\n\t"                                                               \
  "smlad %[c3], %[u], r8, %[c3]\n\t"                                                               \
  "sxtb16 r4, r4\n\t"                                                                              \
  "sxtb16 r5, r5\n\t"                                                                              \
  "sxtb16 r6, r6\n\t"                                                                              \
  "sxtb16 r8, r8\n\t"                                                                              \
  "smlad %[c0], %[l], r4, %[c0]\n\t"                                                               \
  "smlad %[c1], %[l], r5, %[c1]\n\t"                                                               \
  "smlad %[c2], %[l], r6, %[c2]\n\t"                                                               \
  "smlad %[c3], %[l], r8, %[c3]\n\t"
#define GROUP_BYTES (14 * 4)

/* Four outputs; returns where the next weights are. Eight groups a pass; the first pass is entered
 * so many groups after its start that all passes together run `groups`. Not inlined: the loop takes
 * nearly every register. */
static __attribute__((noinline)) const int8_t *multiply_4(const uint32_t *a, const int8_t *w,
                                                          int32_t groups, int32_t acc[4]) {
  int32_t c0 = acc[0], c1 = acc[1], c2 = acc[2], c3 = acc[3];
  uint32_t u = (uint32_t)(-groups & 7) * GROUP_BYTES;
  uint32_t l;
  const int8_t *const end = w + 16 * groups;
  __asm volatile(".p2align 2\n\t"
                 "mov.w %[u], %[u]\n\t"
                 "add pc, %[u]\n\t"
                 "nop\n"
                 "1:\n\t" GROUP GROUP GROUP GROUP GROUP GROUP GROUP GROUP "ldr %[u], %[end]\n\t"
                 "cmp %[w], %[u]\n\t"
                 "bne.w 1b\n"
                 : [c0] "+r"(c0), [c1] "+r"(c1), [c2] "+r"(c2), [c3] "+r"(c3), [a] "+r"(a),
                   [w] "+r"(w), [u] "+r"(u), [l] "=&r"(l)
                 : [end] "m"(end)
                 : "r4", "r5", "r6", "r8", "cc", "memory");
  acc[0] = c0;
  acc[1] = c1;
  acc[2] = c2;
  acc[3] = c3;
  return w;
}

#else

static const int8_t *multiply_4(const uint32_t *a, const int8_t *w, int32_t groups,
                                int32_t acc[4]) {
  for (int32_t g = 0; g < groups; g++) {
    for (int32_t i = 0; i < 4; i++) {
      const uint32_t weights = td_load_word(w);
      acc[i] = td_smlad(a[0], weights, acc[i]);
      acc[i] = td_smlad(a[1], td_sxtb16(weights), acc[i]);
      w += 4;
    }
    a += 2;
  }
  return w;
}

#endif

static int32_t multiply_1(const uint32_t *a, const int8_t *w, int32_t groups, int32_t acc) {
  for (int32_t g = 0; g < groups; g++) {
    const uint32_t weights = td_load_word(w);
    acc = td_smlad(a[0], weights, acc);
    acc = td_smlad(a[1], td_sxtb16(weights), acc);
    a += 2;
    w += 4;
  }
  return acc;
}

void td_fully_connected_packed_s8(const td_fully_connected_packed_s8_params *p, const int8_t *input,
                                  const int8_t *filter, const int32_t *bias, int8_t *output,
                                  void *scratch) {
  const td_packed_requant requant = {p->round, p->half, p->activation_min, p->activation_max};
  const int32_t groups = (p->input_size + 3) / 4;
  uint32_t *const acts = scratch;
  for (int32_t batch = 0; batch < p->batches; batch++) {
    const int8_t *w = filter;
    td_packed_widen_1(acts, 1, input, p->input_size);
    int32_t acc[4];
    for (int32_t o = 0; o < p->output_size; o++) {
      if (o % 4 == 0 && o + 4 <= p->output_size) {
        memcpy(acc, &bias[o], sizeof acc);
        w = multiply_4(acts, w, groups, acc);
      } else if (o >= p->output_size / 4 * 4) {
        acc[o % 4] = multiply_1(acts, w, groups, bias[o]);
        w += 4 * groups;
      }
      const int32_t at = p->per_channel ? o : 0;
      const td_packed_channel channel =
          td_packed_channel_of(&requant, p->multiplier[at], p->shift ? &p->shift[at] : NULL);
      *output++ = td_packed_output(&requant, &channel, acc[o % 4]);
    }
    input += p->input_size;
  }
}
