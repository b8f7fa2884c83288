"use strict";
// The data of the page, and how elements are made of them.
const DATA = JSON.parse(document.getElementById("data").textContent);
const DASH = "\u2013";
const byId = (id) => document.getElementById(id);

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

function drawn(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const button = (text, onclick, attributes = {}) => make("button", { type: "button", onclick, ...attributes }, text);

function options(select, entries, chosen) {
  select.replaceChildren(...entries.map(([value, label]) => make("option", { value }, label)));
  select.value = entries.some(([value]) => value === chosen) ? chosen : entries.length ? entries[0][0] : "";
  return select.value;
}

const countOf = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
const escapeText = (text) => text.normalize("NFKD").toLowerCase();
