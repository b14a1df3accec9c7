#include "td_fully_connected_mve_s8.h"

#include "td_fixedpoint.h"
#include "td_mve.h"

#define QUAD 4

#if TD_MVE

/* Four outputs from `whole` inputs, a multiple of 16, and `rest` more, at most 16; the first
 * `count` of them are stored. */
static void put_quad(const td_fully_connected_mve_s8_params *p, const int8_t *input, int32_t whole,
                     int32_t rest, const int8_t *filter, int32_t count, int8_t *output) {
  int32_t a = 0;
  int32_t b = 0;
  int32_t c = 0;
  int32_t d = 0;
  __asm volatile("wls lr, %[steps], 2f\n"
                 "1:\n\t"
                 "vldrb.8 q0, [%[input]], #16\n\t"
                 "vldrb.8 q1, [%[filter]], #16\n\t"
                 "vmladava.s8 %[a], q0, q1\n\t"
                 "vldrb.8 q2, [%[filter]], #16\n\t"
                 "vmladava.s8 %[b], q0, q2\n\t"
                 "vldrb.8 q1, [%[filter]], #16\n\t"
                 "vmladava.s8 %[c], q0, q1\n\t"
                 "vldrb.8 q2, [%[filter]], #16\n\t"
                 "vmladava.s8 %[d], q0, q2\n\t"
                 "le lr, 1b\n"
                 "2:"
                 : [a] "+Te"(a), [b] "+Te"(b), [c] "+Te"(c), [d] "+Te"(d), [input] "+r"(input),
                   [filter] "+r"(filter)
                 : [steps] "r"(whole / TD_MVE_BYTES)
                 : "lr", "q0", "q1", "q2", "memory");
  const int8x16_t values = vldrbq_z_s8(input, vctp8q((uint32_t)rest));
  const int32_t sums[QUAD] = {vmladavaq_s8(a, values, vldrbq_s8(filter)),
                              vmladavaq_s8(b, values, vldrbq_s8(filter + 16)),
                              vmladavaq_s8(c, values, vldrbq_s8(filter + 32)),
                              vmladavaq_s8(d, values, vldrbq_s8(filter + 48))};
  filter += QUAD * TD_MVE_BYTES;
  const int32_t *const words = (const int32_t *)(const void *)filter;
  int32x4_t four = vaddq_s32(vldrwq_s32(sums), vldrwq_s32(words));
  four = vqrdmulhq_s32(four, vldrwq_s32(words + QUAD));
  if (p->linear) {
    four = vaddq_s32(four, vshrq_n_s32(four, 31)); /* ties below zero go down */
  }
  four = vrshlq_s32(four, vldrbq_s32(filter + 32));
  four = vaddq_n_s32(four, p->output_zero_point);
  four = vmaxq_s32(four, vdupq_n_s32(p->activation_min));
  four = vminq_s32(four, vdupq_n_s32(p->activation_max));
  vstrbq_p_s32(output, four, vctp32q((uint32_t)count));
}

#else

static void put_quad(const td_fully_connected_mve_s8_params *p, const int8_t *input, int32_t whole,
                     int32_t rest, const int8_t *filter, int32_t count, int8_t *output) {
  const int8_t *const words = filter + QUAD * (whole + TD_MVE_BYTES);
  for (int32_t i = 0; i < count; i++) {
    int32_t constants[2];
    memcpy(&constants[0], words + 4 * i, sizeof constants[0]);
    memcpy(&constants[1], words + 16 + 4 * i, sizeof constants[1]);
    uint32_t sum = (uint32_t)constants[0];
    for (int32_t k = 0; k < whole + rest; k++) {
      const int32_t place = (k / TD_MVE_BYTES * QUAD + i) * TD_MVE_BYTES + k % TD_MVE_BYTES;
      sum += (uint32_t)(input[k] * filter[place]);
    }
    const int32_t value = td_requantize((int32_t)sum, constants[1], words[32 + i]);
    output[i] =
        (int8_t)td_clamp(value + p->output_zero_point, p->activation_min, p->activation_max);
  }
}

#endif

void td_fully_connected_mve_s8(const td_fully_connected_mve_s8_params *p, const int8_t *input,
                               const int8_t *filter, int8_t *output) {
  const int32_t whole = (p->input_size - 1) / TD_MVE_BYTES * TD_MVE_BYTES;
  const int32_t rest = p->input_size - whole;
  const int32_t quad_bytes = QUAD * (whole + TD_MVE_BYTES) + 36;
  const int32_t last = p->output_size < QUAD ? 0 : p->output_size - QUAD;
  const int32_t count = p->output_size < QUAD ? p->output_size : QUAD;
  for (int32_t batch = 0; batch < p->batches; batch++) {
    const int8_t *quad = filter;
    for (int32_t i = 0; i < p->output_size; i += QUAD) {
      put_quad(p, input, whole, rest, quad, count, output + (i < last ? i : last));
      quad += quad_bytes;
    }
    input += p->input_size;
    output += p->output_size;
  }
}
