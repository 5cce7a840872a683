import type { DescField } from '@bufbuild/protobuf';
import { shortName } from '../api/enums.js';

/** Values as ProtoJSON has them. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json | undefined };

/** For people, or for programs that read lines. */
export type Style = 'human' | 'plain';

/** A field's value as text. Absent values are empty. Nothing in it can steer a terminal or break a line. */
export function formatField(field: DescField, value: Json | undefined, style: Style): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) {
    return value
      .map((item) => formatValue(field, item, style))
      .join(style === 'human' ? ', ' : ',');
  }
  return formatValue(field, value, style);
}

function formatValue(field: DescField, value: Json, style: Style): string {
  const typeName = field.message?.typeName;
  const text = String(value);
  if (typeName === 'google.type.Money') return formatMoney(value as MoneyJson);
  if (typeName === 'google.protobuf.Timestamp')
    return style === 'human' ? formatMoment(text) : text;
  if (typeName === 'google.protobuf.Duration') {
    return style === 'human' ? formatDuration(durationMs(text)) : text;
  }
  if (field.enum) return shortName(text, field.enum);
  if (typeName) return printable(JSON.stringify(value));
  if (typeof value === 'boolean') return style === 'human' ? (value ? 'yes' : 'no') : text;
  if (style === 'human' && /^-?\d+$/.test(text) && isNumeric(field)) return groupDigits(text);
  return printable(text);
}

/** Credits and counts; versions and numbers of instances are names rather than amounts, but read well so, too. */
function isNumeric(field: DescField): boolean {
  return /(credits|count|limit|version|revision|number|bytes)$/.test(field.name);
}

/** `12500` as `12,500`. */
export function groupDigits(text: string): string {
  return text.replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A moment in the time of this place, without fractions of a second. */
export function formatMoment(iso: string): string {
  const time = new Date(iso);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** Milliseconds of a duration of ProtoJSON. */
export function durationMs(json: string): number {
  return Math.round(Number(json.slice(0, -1)) * 1_000);
}

/** `1d 2h 03m 04s`; tenths below a minute. */
export function formatDuration(ms: number): string {
  const sign = ms < 0 ? '-' : '';
  const all = Math.abs(ms);
  if (all < 60_000) return `${sign}${(Math.floor(all / 100) / 10).toFixed(1)}s`;
  const seconds = Math.floor(all / 1_000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  const from = parts.findIndex(([count]) => count > 0);
  const shown = parts.slice(from);
  return (
    sign +
    shown
      .map(([count, unit], at) => `${at ? String(count).padStart(2, '0') : count}${unit}`)
      .join(' ')
  );
}

type MoneyJson = { currencyCode?: string; units?: string; nanos?: number };

function formatMoney({ currencyCode = '', units = '0', nanos = 0 }: MoneyJson): string {
  const fraction = String(nanos).padStart(9, '0').replace(/0+$/, '').padEnd(2, '0');
  return `${units}.${fraction} ${currencyCode}`;
}

/** Text of others without what could steer a terminal; a line stays a line, and a column a column. */
export function printable(text: string): string {
  return text
    .replaceAll('\t', '\\t')
    .replaceAll('\r', '\\r')
    .replaceAll('\n', '\\n')
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\uFFFD');
}
