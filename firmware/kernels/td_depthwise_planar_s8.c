#include "td_depthwise_planar_s8.h"

#include "td_dsp_dw.h"
#include "td_planar_few.h"

#define ROW_WORDS (TD_PLANAR_ROW_BYTES / 4)

/* Blocks of four outputs of one channel, in a line: two side by side, and two more at a distance.
 *
 * Word k of a filter row is met by the same pair of columns for both outputs of a side: `weights`
 * has the first one's and the second one's weights for it, with zeros where the window does not
 * reach. Outputs that do not exist repeat others, at a distance of 0: they are put first. Steps are
 * in bytes; the routine in assembly reads the members in their order. */
typedef struct {
  const uint32_t *weights; /* [filter_height][words][2] */
  int32_t words;
  int32_t pair;        /* in the planes, from a pair of columns to the next */
  int32_t apart;       /* in the planes, from the first two outputs' window to the others' */
  int32_t filter_step; /* in the planes, from the end of a filter row to the start of the next */
  const uint32_t *weights_end;
  int32_t bias;
  int32_t left_shift; /* one more than the multiplier's */
  int32_t multiplier;
  int32_t rounding;
  int32_t correction; /* for negative accumulators */
  int32_t right_shift;
  int32_t activation_min;
  int32_t activation_max;
  int32_t output_right; /* from an output to that at its side */
  int32_t output_apart;
  int32_t output_step; /* from block to block */
  int32_t plane_step;
  int32_t blocks;
} line;

#if TD_DSP
#define SCALE(acc)                                                                                 \
  "lsl " acc ", r6\n and r4, r5, " acc ", asr #31\n add r4, r3\n smmlar " acc ", " acc             \
  ", r2, r4\n asr " acc ", r7\n"
#define CLAMP(acc)                                                                                 \
  "cmp " acc ", r2\n it lt\n movlt " acc ", r2\n cmp " acc ", r3\n it gt\n movgt " acc ", r3\n"

/* r0: planes, r1: output, sp: the line. r4 walks through the planes, r5 through the weights, r6
 * counts, r2, r3 are weights, r7 planes, r8-r11 accumulate, r12 is `pair`, lr `apart`. */
__attribute__((naked, noinline)) static void convolve_line(__attribute__((unused))
                                                           const uint32_t *planes,
                                                           __attribute__((unused)) int8_t *output,
                                                           __attribute__((unused)) const line *l) {
  __asm("push {r4-r11, lr}\n"
        "sub sp, #4\n"
        "add r2, #36\n"
        "ldm r2!, {r3-r12}\n"
        "push {r3-r12}\n"
        "sub r2, #76\n"
        "ldm r2, {r3-r11}\n"
        "push {r3-r11}\n"
        "1:\n"
        "ldr r5, [sp]\n"
        "ldr r8, [sp, #24]\n"
        "mov r4, r0\n"
        "mov r9, r8\n"
        "mov r10, r8\n"
        "mov r11, r8\n"
        "ldrd r12, lr, [sp, #8]\n"
        "2:\n"
        "ldr r6, [sp, #4]\n"
        "3:\n"
        "ldr r7, [r4]\n"
        "ldrd r2, r3, [r5], #8\n"
        "smlad r8, r7, r2, r8\n"
        "smlad r9, r7, r3, r9\n"
        "ldr r7, [r4, lr]\n"
        "add r4, r12\n"
        "subs r6, #1\n"
        "smlad r10, r7, r2, r10\n"
        "smlad r11, r7, r3, r11\n"
        "bne 3b\n"
        "ldrd r2, r3, [sp, #16]\n"
        "add r4, r2\n"
        "cmp r5, r3\n"
        "bne 2b\n"
        "ldrd r6, r2, [sp, #28]\n"
        "ldrd r3, r5, [sp, #36]\n"
        "ldr r7, [sp, #44]\n" SCALE("r8") SCALE("r9") SCALE("r10")
            SCALE("r11") "ldrd r2, r3, [sp, #48]\n" CLAMP("r8") CLAMP("r9") CLAMP("r10")
                CLAMP("r11") "ldrd r2, r3, [sp, #56]\n"
                             "add r3, r1\n"
                             "strb r11, [r3, r2]\n"
                             "strb r10, [r3]\n"
                             "strb r9, [r1, r2]\n"
                             "strb r8, [r1]\n"
                             "ldrd r2, r3, [sp, #64]\n"
                             "add r1, r2\n"
                             "add r0, r3\n"
                             "ldr r2, [sp, #72]\n"
                             "subs r2, #1\n"
                             "str r2, [sp, #72]\n"
                             "bne 1b\n"
                             "add sp, #80\n"
                             "pop {r4-r11, pc}\n");
}
#else
static int8_t requantize(const line *l, int32_t acc) {
  const int32_t x = (int32_t)((uint32_t)acc << l->left_shift);
  int32_t value = td_smmlar(x, l->multiplier, l->rounding + (l->correction & (x >> 31)));
  value >>= l->right_shift;
  value = value < l->activation_min ? l->activation_min : value;
  return (int8_t)(value > l->activation_max ? l->activation_max : value);
}

static void convolve_line(const uint32_t *planes, int8_t *output, const line *from) {
  const line l = *from;
  for (int32_t block = 0; block < l.blocks; block++) {
    int32_t acc[4] = {l.bias, l.bias, l.bias, l.bias};
    const uint32_t *plane = planes;
    for (const uint32_t *w = l.weights; w != l.weights_end; plane += l.filter_step / 4) {
      for (int32_t k = 0; k < l.words; k++, w += 2) {
        const uint32_t first = plane[0];
        const uint32_t other = plane[l.apart / 4];
        acc[0] = td_smlad(first, w[0], acc[0]);
        acc[1] = td_smlad(first, w[1], acc[1]);
        acc[2] = td_smlad(other, w[0], acc[2]);
        acc[3] = td_smlad(other, w[1], acc[3]);
        plane += l.pair / 4;
      }
    }
    output[l.output_apart + l.output_right] = requantize(&l, acc[3]);
    output[l.output_apart] = requantize(&l, acc[2]);
    output[l.output_right] = requantize(&l, acc[1]);
    output[0] = requantize(&l, acc[0]);
    output += l.output_step;
    planes += l.plane_step / 4;
  }
}
#endif

/* The channel's weights as halfwords: filter column x lies at x * dilation, for the right output
 * `stride_width` further. */
static void spread(const td_depthwise_planar_s8_params *p, const int8_t *taps, int32_t words,
                   uint32_t *weights) {
  for (int32_t i = 0; i < p->filter_height * words * 2; i++) {
    weights[i] = 0;
  }
  for (int32_t ky = 0; ky < p->filter_height; ky++, weights += words * 2) {
    for (int32_t kx = 0; kx < p->filter_width; kx++) {
      const int32_t tap = *taps++;
      const int32_t left = kx * p->dilation_width;
      const int32_t right = left + p->stride_width;
      weights[left / 2 * 2] |= left % 2 ? td_pair(0, tap) : td_pair(tap, 0);
      weights[right / 2 * 2 + 1] |= right % 2 ? td_pair(0, tap) : td_pair(tap, 0);
    }
  }
}

/* Runs `blocks` blocks and returns how many. */
static int32_t run(line *l, int32_t blocks, const uint32_t *planes, int8_t *output) {
  l->blocks = blocks;
  if (blocks > 0) {
    convolve_line(planes, output, l);
  }
  return blocks;
}

/* `rows` output rows of a channel: two rows at a time, the last one of an odd number alone with
 * four outputs of it at a time, and what is left over of those two or one at a time. */
static void convolve_rows(const td_depthwise_planar_s8_params *p, line *l, int32_t rows,
                          const uint32_t *planes, int8_t *output) {
  const int32_t channels = p->input_channels * p->depth_multiplier;
  const int32_t row_bytes = p->output_width * channels;
  const int32_t across = p->stride_width * l->pair; /* in the planes, two outputs further */
  for (int32_t y = 0; y < rows; y += 2) {
    const uint32_t *plane = planes + y * p->stride_height * ROW_WORDS;
    const int alone = y + 1 == rows;
    int8_t *out = output + y * row_bytes;
    int32_t x = 0;
    l->output_right = channels;
    if (alone) {
      l->apart = across;
      l->output_apart = 2 * channels;
      l->output_step = 4 * channels;
      l->plane_step = 2 * across;
      x = 4 * run(l, p->output_width / 4, plane, out);
    }
    l->apart = alone ? 0 : p->stride_height * TD_PLANAR_ROW_BYTES;
    l->output_apart = alone ? 0 : row_bytes;
    l->output_step = 2 * channels;
    l->plane_step = across;
    x += 2 * run(l, (p->output_width - x) / 2, plane + x / 2 * across / 4, out + x * channels);
    l->output_right = 0;
    run(l, p->output_width - x, plane + x / 2 * across / 4, out + x * channels);
  }
}

static void set_channel(const td_depthwise_planar_s8_params *p, const int32_t *bias,
                        int32_t channel, line *l) {
  const int32_t shift = p->shift[channel];
  l->bias = bias[channel];
  l->multiplier = p->multiplier[channel];
  l->left_shift = 1 + (shift > 0 ? shift : 0);
  l->right_shift = shift < 0 ? -shift : 0;
  l->rounding = p->output_offset * (1 << l->right_shift) + ((1 << l->right_shift) >> 1);
  l->correction = shift < 0 ? -1 : 0;
}

void td_depthwise_planar_s8(const td_depthwise_planar_s8_params *p, const int8_t *input,
                            const int8_t *taps, const int32_t *bias, int8_t *output,
                            void *scratch) {
  const int32_t words = ((p->filter_width - 1) * p->dilation_width + p->stride_width) / 2 + 1;
  const int32_t reach = (p->filter_height - 1) * p->dilation_height + 1;
  const int32_t output_channels = p->input_channels * p->depth_multiplier;
  const int32_t tap_count = p->filter_height * p->filter_width;
  const td_planar planar = {p->input_height,
                            p->input_width,
                            p->input_channels,
                            p->input_channels,
                            p->input_width * p->input_channels,
                            p->input_zero,
                            p->pad_left,
                            (p->output_width - 1) / 2 * p->stride_width + words,
                            (p->strip_rows - 1) * p->stride_height + reach};
  uint32_t *planes = (uint32_t *)scratch;
  uint32_t *weights = planes + planar.pairs * planar.rows * ROW_WORDS;
  line l;
  l.weights = weights;
  l.words = words;
  l.pair = planar.rows * TD_PLANAR_ROW_BYTES;
  l.filter_step = p->dilation_height * TD_PLANAR_ROW_BYTES - words * l.pair;
  l.weights_end = weights + p->filter_height * words * 2;
  l.activation_min = p->activation_min;
  l.activation_max = p->activation_max;
  /* What one strip leaves outside the image stays so for all channels. */
  const int cleared = p->strip_rows >= p->output_height;
  if (cleared) {
    td_planar_clear(&planar, planes);
  }
  for (int32_t c = 0; c < p->input_channels; c += 4) {
    const int32_t left = p->input_channels - c;
    const int32_t count = left < 4 ? left : 4;
    /* When channels are no multiple of 4, the last group reads those before it again. */
    const int32_t skip = p->input_channels < 4 ? 0 : 4 - count;
    for (int32_t y = 0; y < p->output_height; y += p->strip_rows) {
      const int32_t room = p->output_height - y;
      const int32_t rows = room < p->strip_rows ? room : p->strip_rows;
      const int32_t step = p->strip_rows * p->stride_height;
      const int32_t kept = y == 0 || reach - p->stride_height < 0 ? 0 : reach - p->stride_height;
      if (kept > 0) {
        td_planar_keep(&planar, step, kept, planes);
      }
      td_planar_copy_few(&planar, input + c - skip, y * p->stride_height - p->pad_top + kept,
                         (rows - 1) * p->stride_height + reach - kept, kept, cleared, planes);
      for (int32_t k = 0; k < count * p->depth_multiplier; k++) {
        const int32_t channel = c * p->depth_multiplier + k;
        set_channel(p, bias, channel, &l);
        spread(p, taps + channel * tap_count, words, weights);
        convolve_rows(p, &l, rows, planes + skip + k / p->depth_multiplier,
                      output + y * p->output_width * output_channels + channel);
      }
    }
  }
}
