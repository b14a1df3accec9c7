#include "td_packed_block_s8.h"

static td_packed_channel channel_at(const td_packed_block *b, int32_t index) {
  const int32_t at = b->per_channel ? index : 0;
  return td_packed_channel_of(&b->requant, b->multiplier[at], b->shift ? &b->shift[at] : NULL);
}

#if TD_DSP

/* The loops below take every register but sp. */
#pragma GCC optimize("omit-frame-pointer")

/* One group (four inputs) of two channels for two and for four pixels. */
#define MAC_01                                                                                     \
  "ldrd %[x], %[y], [%[a]], #8\n\t"                                                                \
  "smlad %[c00], %[x], %[w0], %[c00]\n\t"                                                          \
  "smlad %[c01], %[x], %[w1], %[c01]\n\t"                                                          \
  "smlad %[c10], %[y], %[w0], %[c10]\n\t"                                                          \
  "smlad %[c11], %[y], %[w1], %[c11]\n\t"
#define MAC_23                                                                                     \
  "ldrd %[x], %[y], [%[a]], #8\n\t"                                                                \
  "smlad %[c20], %[x], %[w0], %[c20]\n\t"                                                          \
  "smlad %[c21], %[x], %[w1], %[c21]\n\t"                                                          \
  "smlad %[c30], %[y], %[w0], %[c30]\n\t"                                                          \
  "smlad %[c31], %[y], %[w1], %[c31]\n\t"
#define WEIGHTS "ldrd %[w0], %[w1], [%[w]], #8\n\t"
#define EVEN                                                                                       \
  "sxtb16 %[w0], %[w0]\n\t"                                                                        \
  "sxtb16 %[w1], %[w1]\n\t"
#define GROUP_OF_2 WEIGHTS MAC_01 EVEN MAC_01
#define GROUP_OF_4 WEIGHTS MAC_01 MAC_23 EVEN MAC_01 MAC_23

/* Four groups a pass; the first pass is entered `skip` bytes after its start. */
#define PASSES(group)                                                                              \
  ".p2align 2\n\t"                                                                                 \
  "ldr.w %[x], %[skip]\n\t"                                                                        \
  "add pc, %[x]\n\t"                                                                               \
  "nop\n"                                                                                          \
  "1:\n\t" group group group group "ldr %[x], %[end]\n\t"                                          \
  "cmp %[w], %[x]\n\t"                                                                             \
  "bne 1b\n"
#define GROUP_OF_2_BYTES (13 * 4)
#define GROUP_OF_4_BYTES (23 * 4)

static inline int32_t skipped_bytes(int32_t groups, int32_t group_bytes) {
  return (-groups & 3) * group_bytes;
}

static inline int32_t shifted_12(int32_t sum) {
  int32_t value;
  __asm("ssat %0, #8, %1, asr #12" : "=r"(value) : "r"(sum));
  return value;
}

static inline void store_pair(int8_t *output, int32_t first, int32_t second) {
  __asm("bfi %0, %1, #8, #8" : "+r"(first) : "r"(second));
  td_store_half(output, (uint32_t)first);
}

static inline void relu_pair(int8_t *output, const td_packed_channel *c, int32_t x0, int32_t x1) {
  store_pair(output, shifted_12(td_smmla(x0, c[0].multiplier, c[0].round)),
             shifted_12(td_smmla(x1, c[1].multiplier, c[1].round)));
}

static inline int32_t linear(const td_packed_channel *c, int32_t x) {
  return shifted_12(td_smmla(x, c->multiplier, c->round - (c->fix & (x >> 31))));
}

static inline void linear_pair(int8_t *output, const td_packed_channel *c, int32_t x0, int32_t x1) {
  store_pair(output, linear(&c[0], x0), linear(&c[1], x1));
}

static inline void exact_pair(int8_t *output, const td_packed_channel *c, int32_t x0, int32_t x1) {
  store_pair(output, td_saturate(td_packed_value(&c[0], x0)),
             td_saturate(td_packed_value(&c[1], x1)));
}

static __attribute__((noinline)) void clamp_pair(int8_t *output, const td_packed_requant *q,
                                                 const td_packed_channel *c, int32_t x0,
                                                 int32_t x1) {
  output[0] = td_packed_output(q, &c[0], x0);
  output[1] = td_packed_output(q, &c[1], x1);
}

/* The channels of four pixels, two at a time. */
static void block_of_4(const td_packed_block *b, const uint32_t *acts, int8_t *output) {
  const int32_t skip = skipped_bytes(b->groups, GROUP_OF_4_BYTES);
  const int32_t channels = b->channels;
  const int32_t *const last = b->bias + (channels & ~1);
  const int32_t *multiplier = b->multiplier;
  const int8_t *shift = b->shift;
  const int8_t *w = b->filter;
  for (const int32_t *bias = b->bias; bias != last; bias += 2) {
    const int8_t *const end = w + 8 * b->groups;
    const uint32_t *a = acts;
    int32_t c00 = bias[0], c10 = c00, c20 = c00, c30 = c00;
    int32_t c01 = bias[1], c11 = c01, c21 = c01, c31 = c01;
    uint32_t x, y, w0, w1;
    __asm volatile(
        PASSES(GROUP_OF_4)
        : [c00] "+r"(c00), [c01] "+r"(c01), [c10] "+r"(c10), [c11] "+r"(c11), [c20] "+r"(c20),
          [c21] "+r"(c21), [c30] "+r"(c30), [c31] "+r"(c31), [a] "+r"(a), [w] "+r"(w), [x] "=&r"(x),
          [y] "=&r"(y), [w0] "=&r"(w0), [w1] "=&r"(w1)
        : [skip] "m"(skip), [end] "m"(end)
        : "cc", "memory");
    const int32_t next = b->per_channel;
    int8_t *const third = output + 2 * channels;
    if (b->mode <= TD_PACKED_LINEAR) {
      const td_packed_channel c[2] = {td_packed_channel_of(&b->requant, multiplier[0], NULL),
                                      td_packed_channel_of(&b->requant, multiplier[next], NULL)};
      if (b->mode == TD_PACKED_RELU) {
        relu_pair(output, c, c00, c01);
        relu_pair(output + channels, c, c10, c11);
        relu_pair(third, c, c20, c21);
        relu_pair(third + channels, c, c30, c31);
      } else {
        linear_pair(output, c, c00, c01);
        linear_pair(output + channels, c, c10, c11);
        linear_pair(third, c, c20, c21);
        linear_pair(third + channels, c, c30, c31);
      }
    } else {
      const td_packed_channel c[2] = {
          td_packed_channel_of(&b->requant, multiplier[0], shift),
          td_packed_channel_of(&b->requant, multiplier[next], shift + next)};
      shift += 2 * next;
      if (b->mode == TD_PACKED_EXACT) {
        exact_pair(output, c, c00, c01);
        exact_pair(output + channels, c, c10, c11);
        exact_pair(third, c, c20, c21);
        exact_pair(third + channels, c, c30, c31);
      } else {
        clamp_pair(output, &b->requant, c, c00, c01);
        clamp_pair(output + channels, &b->requant, c, c10, c11);
        clamp_pair(third, &b->requant, c, c20, c21);
        clamp_pair(third + channels, &b->requant, c, c30, c31);
      }
    }
    multiplier += 2 * next;
    output += 2;
  }
}

/* The channels of two pixels, two at a time. */
static void block_of_2(const td_packed_block *b, const uint32_t *acts, int8_t *output) {
  const int32_t skip = skipped_bytes(b->groups, GROUP_OF_2_BYTES);
  const int32_t channels = b->channels;
  const int8_t *w = b->filter;
  for (int32_t i = 0; i + 2 <= channels; i += 2) {
    const int8_t *const end = w + 8 * b->groups;
    const uint32_t *a = acts;
    int32_t c00 = b->bias[i], c10 = c00;
    int32_t c01 = b->bias[i + 1], c11 = c01;
    uint32_t x, y, w0, w1;
    __asm volatile(
        PASSES(GROUP_OF_2)
        : [c00] "+r"(c00), [c01] "+r"(c01), [c10] "+r"(c10), [c11] "+r"(c11), [a] "+r"(a),
          [w] "+r"(w), [x] "=&r"(x), [y] "=&r"(y), [w0] "=&r"(w0), [w1] "=&r"(w1)
        : [skip] "m"(skip), [end] "m"(end)
        : "cc", "memory");
    const td_packed_channel c[2] = {channel_at(b, i), channel_at(b, i + 1)};
    clamp_pair(output + i, &b->requant, c, c00, c01);
    clamp_pair(output + channels + i, &b->requant, c, c10, c11);
  }
}

#endif

/* One output value: `acts` at the pixel, `words` from one weight word to the channel's next. */
static int32_t multiply(const uint32_t *acts, int32_t pixels, const int8_t *w, int32_t words,
                        int32_t groups, int32_t acc) {
  for (int32_t g = 0; g < groups; g++) {
    const uint32_t weights = td_load_word(w);
    acc = td_smlad(acts[0], weights, acc);
    acc = td_smlad(acts[pixels], td_sxtb16(weights), acc);
    acts += 2 * pixels;
    w += 4 * words;
  }
  return acc;
}

/* Channels from `first` on, one value at a time. */
static void block_of_any(const td_packed_block *b, const uint32_t *acts, int32_t pixels,
                         int32_t first, int8_t *output) {
  for (int32_t c = first; c < b->channels; c++) {
    const int32_t alone = (c == b->channels - 1) && (c % 2 == 0);
    const int8_t *const w = b->filter + 4 * ((c & ~1) * b->groups + (c & 1));
    const td_packed_channel channel = channel_at(b, c);
    for (int32_t i = 0; i < pixels; i++) {
      const int32_t x = multiply(acts + i, pixels, w, alone ? 1 : 2, b->groups, b->bias[c]);
      output[i * b->channels + c] = td_packed_output(&b->requant, &channel, x);
    }
  }
}

void td_packed_block_s8(const td_packed_block *b, const uint32_t *acts, int32_t pixels,
                        int8_t *output) {
  int32_t done = 0;
#if TD_DSP
  if (pixels == 4 || pixels == 2) {
    done = b->channels & ~1;
    if (pixels == 4) {
      block_of_4(b, acts, output);
    } else {
      block_of_2(b, acts, output);
    }
  }
#endif
  block_of_any(b, acts, pixels, done, output);
}
