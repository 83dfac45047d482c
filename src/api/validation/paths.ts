import type { Report } from "./report.ts";

/** A path may not lead upwards. */
export function checkNoBacksteps(report: Report, path: string, target: string): void {
  if (target.split("/").includes("..")) report.invalid(path, target, "must not contain '..'");
}

/** A path below some directory. */
export function checkDescendingPath(report: Report, path: string, target: string): void {
  if (target.startsWith("/")) report.invalid(path, target, "must be a relative path");
  checkNoBacksteps(report, path, target);
}

/** A path below some directory whose names beginning with two dots are taken. */
export function checkFilePath(report: Report, path: string, target: string): void {
  checkDescendingPath(report, path, target);
  if (target.startsWith("..") && !target.startsWith("../")) report.invalid(path, target, "must not start with '..'");
}

/** Permission bits. */
export function checkFileMode(report: Report, path: string, mode: number | undefined): void {
  if (mode === undefined || (mode >= 0 && mode <= 0o777)) return;
  report.invalid(path, mode, "must be a number between 0 and 0777 (octal), both inclusive");
}
